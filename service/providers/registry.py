"""Every provider, by the agent that speaks. An adapter is loaded by the first call that needs it.

Credentials are read where the agent says, and kept for some minutes in memory, nowhere else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Protocol, cast

from service.domain.agent import Agent, Provider
from service.ports import Telephony, TelephonyUnavailable
from service.transport import Http

ADAPTERS = {  # the module and the class in it; Twilio's is made with the account and its token
    Provider.TWILIO: ("twilio", "Twilio"),
    Provider.TELNYX: ("telnyx", "Telnyx"),
    Provider.VAPI: ("vapi", "Vapi"),
    Provider.RETELL: ("retell", "Retell"),
    Provider.BOLNA: ("bolna", "Bolna"),
}


class Credentials(Protocol):
    def read(self, agent: Agent) -> Mapping[str, str]:
        """The agent's credentials. Raises TelephonyUnavailable."""
        ...


@dataclass(frozen=True)
class TwilioAccount:
    sid: str
    auth_token: str = field(repr=False)
    base_url: str


@dataclass(frozen=True)
class Registry:
    of_scripts: TwilioAccount | None  # the one in the settings, if there is one
    http: Http
    credentials: Credentials
    public_base_url: str
    base_urls: Mapping[Provider, str] = field(default_factory=dict)  # where not the provider's own

    @property
    def takes_scripts(self) -> bool:
        return self.of_scripts is not None

    def of(self, agent: Agent | None) -> Telephony:
        """Raises TelephonyUnavailable."""
        if agent is None:
            return self._of_scripts()
        credentials = self.credentials.read(agent)
        try:
            return self._adapter(agent, credentials)
        except KeyError as error:
            raise TelephonyUnavailable(f"The agent's secret has no {error}.") from None
        except ValueError:
            raise TelephonyUnavailable("The agent's secret holds a key that is none.") from None

    def _of_scripts(self) -> Telephony:
        if self.of_scripts is None:
            raise TelephonyUnavailable("There is no Twilio account in the settings, for scripts.")
        account = self.of_scripts
        try:
            return self._twilio(account.sid, account.auth_token, "", base_url=account.base_url)
        except ValueError:
            raise TelephonyUnavailable("The settings' Twilio account, or its token, is none.") from None

    def _adapter(self, agent: Agent, credentials: Mapping[str, str]) -> Telephony:
        base_url = self.base_urls.get(agent.provider)
        more = {"base_url": base_url} if base_url else {}
        if agent.provider is Provider.TWILIO:
            more |= {"application_sid": agent.assistant}
            return self._twilio(agent.connection, credentials["auth_token"], f"/{agent.id}", **more)
        made = _load(agent.provider)(
            self.http,
            agent,
            credentials,
            webhook_url=f"{self.public_base_url}/webhooks/{agent.provider}/{agent.id}",
            **more,
        )
        return cast(Telephony, made)

    def _twilio(self, account_sid: str, auth_token: str, path: str, **more: str) -> Telephony:
        made = _load(Provider.TWILIO)(
            self.http,
            account_sid=account_sid,
            auth_token=auth_token,
            webhook_url=f"{self.public_base_url}/webhooks/twilio{path}",
            **more,
        )
        return cast(Telephony, made)


def _load(provider: Provider) -> Any:
    module, name = ADAPTERS[provider]
    return getattr(import_module(f"service.providers.{module}"), name)
