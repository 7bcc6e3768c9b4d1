"""Every provider, by the agent that speaks. An adapter is loaded before the first call that needs it.

Credentials are read where the agent says, and kept for some minutes in memory, nowhere else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Protocol, cast

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
class Registry:
    default: Telephony  # of scripts: the one in the settings
    http: Http
    credentials: Credentials
    public_base_url: str
    base_urls: Mapping[Provider, str] = field(default_factory=dict)  # where not the provider's own

    def of(self, agent: Agent | None) -> Telephony:
        """Raises TelephonyUnavailable."""
        if agent is None:
            return self.default
        credentials = self.credentials.read(agent)
        try:
            return self._adapter(agent, credentials)
        except KeyError as error:
            raise TelephonyUnavailable(f"The agent's secret has no {error}.") from None
        except ValueError:
            raise TelephonyUnavailable("The agent's secret holds a key that is none.") from None

    def _adapter(self, agent: Agent, credentials: Mapping[str, str]) -> Telephony:
        module, name = ADAPTERS[agent.provider]
        adapter = getattr(import_module(f"service.providers.{module}"), name)
        base_url = self.base_urls.get(agent.provider)
        more = {"base_url": base_url} if base_url else {}
        path = f"/webhooks/{agent.provider}/{agent.id}"
        if agent.provider is Provider.TWILIO:
            more |= {"account_sid": agent.connection, "auth_token": credentials["auth_token"]}
            made = adapter(self.http, public_base_url=self.public_base_url, webhook_path=path, **more)
        else:
            made = adapter(self.http, agent, credentials, webhook_url=self.public_base_url + path, **more)
        return cast(Telephony, made)
