"""One tick, signed with this machine's key: for the scheduler of any other host, every quarter of an hour."""

import sys

from service.local.signing import LocalSigner
from service.pooled_http import PooledHttp
from service.settings import BadSetting, Settings
from service.transport import AnswerLost, Http, HttpResponse, NotSent
from service.wiring import folder

TICK_SECONDS_MAX = 60.0  # a host that sleeps has to wake first


def token(settings: Settings) -> str:
    """For an hour. Raises BadSetting."""
    if settings.tasks != "local":
        raise BadSetting("REVEILLE_TASKS: the key of this machine ticks a service with local tasks")
    return LocalSigner.open(folder(settings)).token(settings.base_url)


def tick(settings: Settings, http: Http | None = None) -> int:
    """Prints the service's answer. Raises BadSetting."""
    shown = token(settings)
    try:
        answer = post_tick(http or PooledHttp(), settings.base_url, shown)
    except (NotSent, AnswerLost) as error:
        print(f"The tick was not answered: {error}", file=sys.stderr)
        return 1
    print(answer.body.decode(errors="replace").strip())
    return 0 if answer.status == 200 else 1


def post_tick(http: Http, base_url: str, token: str) -> HttpResponse:
    """Raises NotSent, AnswerLost."""
    return http.request(
        "POST",
        f"{base_url}/queue/process",
        headers={"Authorization": f"Bearer {token}"},
        body=b"",
        timeout_seconds=TICK_SECONDS_MAX,
    )
