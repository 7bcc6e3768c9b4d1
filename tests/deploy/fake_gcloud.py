"""A gcloud that only remembers what it is told, and each command; it refuses what the real one would: a grant
to an account that is not there, a service without its secrets, a job without its service."""

import json
import re
import traceback
from copy import deepcopy
from pathlib import Path
from typing import Any, NoReturn

FIELDS = {  # what `--format=value(...)` asks for, as the flag that set it
    "rateLimits.maxDispatchesPerSecond": "max-dispatches-per-second",
    "rateLimits.maxConcurrentDispatches": "max-concurrent-dispatches",
    "retryConfig.maxAttempts": "max-attempts",
    "retryConfig.minBackoff": "min-backoff",
    "retryConfig.maxBackoff": "max-backoff",
    "retryConfig.maxDoublings": "max-doublings",
    "schedule": "schedule",
    "timeZone": "time-zone",
    "httpTarget.uri": "uri",
    "httpTarget.oidcToken.serviceAccountEmail": "oidc-service-account-email",
    "httpTarget.oidcToken.audience": "oidc-token-audience",
    "attemptDeadline": "attempt-deadline",
    "cleanupPolicies": "policy",
    "labels.settings": "settings",
    "description": "description",
    "notificationChannels": "notification-channels",
}
BUILDER = "reveille-build@my-project.iam.gserviceaccount.com"
LISTED = "projects/p/databases/(default)/collectionGroups"


class Refused(Exception):
    """Its text is the error that gcloud tells."""


def missing(what: str) -> NoReturn:
    raise Refused(f"NOT_FOUND: {what} does not exist")


class Gcloud:
    def __init__(self) -> None:
        self.log: list[list[str]] = []
        self.failing: list[str] = []  # for each, a command with these words in it fails, once
        self.error = "UNAVAILABLE: try again"  # so
        self.tasks_stay = False  # else each task is carried at once
        self.state: dict[str, Any] = {"things": {}, "grants": [], "indexes": [], "exempt": [], "expiring": []}

    @property
    def things(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = self.state["things"]
        return found

    def remember(self, other: "Gcloud") -> None:
        self.state = deepcopy(other.state)

    def answer(self, arguments: list[str], typed: str) -> tuple[int, str, str]:
        """Its exit status, what it prints, and its errors."""
        self.log.append(arguments)
        self.said: list[str] = []
        self.typed = typed
        flags: dict[str, list[str]] = {}
        for argument in arguments:
            if argument.startswith("--"):
                name, _, value = argument[2:].partition("=")
                flags.setdefault(name, []).append(value)
        try:
            self.fail_as_told(" ".join(arguments))
            self.run([word for word in arguments if not word.startswith("--")], flags)
        except Refused as why:
            return 1, "", f"ERROR: {why}\n"
        except Exception:
            return 1, "", traceback.format_exc()
        return 0, "".join(f"{line}\n" for line in self.said), ""

    def fail_as_told(self, command: str) -> None:
        hit = next((words for words in self.failing if words in command), None)
        if hit:
            self.failing.remove(hit)
            raise Refused(self.error)

    def say(self, line: str) -> None:
        self.said.append(line)

    def need(self, thing: str) -> None:
        if thing not in self.things:
            missing(thing)

    def need_account(self, email: str) -> None:
        self.need(f"iam service-accounts {email.partition('@')[0]}")

    def need_granted(self, kind: str, name: str, role: str) -> None:
        """To whom builds and releases."""
        if [kind, name, role, f"serviceAccount:{BUILDER}"] not in self.state["grants"]:
            raise Refused(f"PERMISSION_DENIED: {role} on {name}")

    def thing(self, kind: list[str], name: str) -> str:
        if kind == ["iam", "service-accounts"]:
            name = name.partition("@")[0]
        return f"{' '.join(kind)} {name}"

    def run(self, words: list[str], flags: dict[str, list[str]]) -> None:  # noqa: C901
        flag = {name: values[-1] for name, values in flags.items()}
        match words:
            case ["services", "list"]:
                self.said += self.things.get("apis", {})
            case ["services", "enable", *apis]:
                self.things.setdefault("apis", {}).update(dict.fromkeys(apis))
            case ["projects", "describe", _]:
                self.say("123456789")
            case [*kind, "get-iam-policy", name]:
                held = [grant[2:] for grant in self.state["grants"] if grant[:2] == [" ".join(kind), name]]
                self.said += [f"{role} {member}" for role, member in held]
            case [*kind, "add-iam-policy-binding", name]:
                self.need_account(flag["member"].partition(":")[2])
                if kind != ["projects"]:
                    self.need(self.thing(kind, name))
                self.state["grants"].append([" ".join(kind), name, flag["role"], flag["member"]])
            case [*kind, "remove-iam-policy-binding", name]:
                self.state["grants"].remove([" ".join(kind), name, flag["role"], flag["member"]])
            case ["firestore", "backups", "schedules", verb]:
                self.need("firestore databases (default)")
                self.listed("backup schedule", verb, flag.get("backup-schedule", "daily"), flag)
            case ["firestore", "indexes" | "fields", *words]:
                self.need("firestore databases (default)")
                self.index(words, flags, flag)
            case ["firestore", "databases", verb]:
                self.change(["firestore", "databases"], verb, flag["database"], flag)
            case ["secrets", "versions", "list", name]:
                self.said += ["1"] if self.things[f"secrets {name}"].get("value") else []
            case ["secrets", "versions", "add", name]:
                assert self.typed, "an empty secret"
                self.things[f"secrets {name}"]["value"] = "kept"
            case ["builds", "submit", _]:
                self.things["artifacts docker images " + flag["substitutions"].partition("=")[2]] = {}
            case ["auth", "print-identity-token"]:
                email = flag["impersonate-service-account"]
                self.need_granted("iam service-accounts", email, "roles/iam.serviceAccountTokenCreator")
                self.say(f"token for {flag['audiences']}")
            case ["run", "services", "describe", name] if flag.get("format") == "json":
                self.need(f"run services {name}")
                self.say(json.dumps(self.described(name, self.things[f"run services {name}"])))
            case ["run", "revisions", "describe", "present"]:  # of the web, or of a worker alone
                web, worker = map(self.things.get, ("run services reveille", "run services reveille-worker"))
                self.say((web or worker or {})["serving"])
            case ["run", "deploy", name] if "no-traffic" in flag:
                self.need_granted("projects", "my-project", "roles/run.viewer")
                self.things[f"run services {name}"] |= {"image": flag["image"]}
                self.things[f"artifacts docker images {flag['image']}"] = {}
            case ["run", "services", "update-traffic", name]:
                self.need_granted("projects", "my-project", "roles/run.viewer")
                service = self.things[f"run services {name}"]
                if "to-latest" in flag:
                    service |= {"serving": service["image"], "before": service["serving"]}
                else:
                    service["serving"] = service.get("before", service["serving"])
            case ["run", "deploy", name] | ["run", "services", "update", name]:
                self.service(words, name, flag)
            case ["scheduler", "jobs", "create" | "update" as verb, "http", name]:
                self.need_account(flag["oidc-service-account-email"])
                called = re.match(r"https://(.+)-123456789[.]", flag["uri"])
                self.need(f"run services {called[1] if called else 'reveille'}")
                self.change(["scheduler", "jobs"], verb, name, flag)
            case ["alpha", "monitoring", "policies", "list"]:
                self.tell_all("policy", flag["format"])
            case ["alpha", "monitoring", "policies", "create"]:
                for metric in re.findall(r"logging.googleapis.com/user/([a-z-]+)", flag["condition-filter"]):
                    self.need(f"logging metrics {metric}")
                self.things[f"policy {flag['display-name']}"] = flag
            case ["alpha", "monitoring", "policies", "update", name]:
                self.things[f"policy {name}"]["notification-channels"] = flag["add-notification-channels"]
            case ["alpha", "monitoring", "policies", "delete", name]:
                del self.things[f"policy {name}"]
            case ["artifacts", "repositories", "set-cleanup-policies", name]:
                self.things[f"artifacts repositories {name}"] |= flag
            case ["logging", "metrics", "create" | "update" as verb, name]:
                self.change(["logging", "metrics"], verb, name, json.loads(self.file_of(flag)))
            case ["monitoring", "dashboards", verb, *names]:
                made = json.loads(self.file_of(flag)) if verb == "create" else {}
                self.listed("dashboard", verb, *(names or ["1"]), flag | made.get("labels", {}))
            case ["billing", "budgets", verb, *names]:
                self.listed("budget", verb, *(names or ["1"]), flag)
            case ["tasks", "create-http-task"]:
                self.need_account(flag["oidc-service-account-email"])
                self.things["task 77"] = flag
                self.say("77")
            case ["tasks", "describe", name]:
                if not self.tasks_stay:
                    missing(name)
            case ["tasks", "delete", name]:
                del self.things[f"task {name}"]
            case ["logging", "read", _]:
                pass
            case ["iam", "service-accounts", "list"]:
                accounts = self.names("iam service-accounts")
                self.said += [f"{name}@{flag['project']}.iam.gserviceaccount.com" for name in accounts]
            case [*kind, "list"]:
                self.tell_all(" ".join(kind), flag["format"])
            case [*kind, verb, name]:
                self.change(kind, verb, name, flag)
            case _:
                raise Refused(f"unknown: {words}")

    def file_of(self, flag: dict[str, str]) -> str:
        return Path(flag["config-from-file"]).read_text()

    def listed(self, kind: str, verb: str, name: str, flag: dict[str, str]) -> None:
        """Of something whose name the platform makes up: there is one, or none."""
        thing = f"{kind} {name}"
        there = self.things.get(thing)
        if verb == "create":
            assert there is None, thing
            self.things[thing] = flag
        elif verb == "delete":
            self.need(thing)
            del self.things[thing]
        elif there is not None:
            self.describe(name, there, flag["format"])

    def names(self, kind: str) -> list[str]:
        return [thing.removeprefix(f"{kind} ") for thing in self.things if thing.startswith(f"{kind} ")]

    def tell_all(self, kind: str, form: str) -> None:
        for name in self.names(kind):
            self.describe(name, self.things[f"{kind} {name}"], form)

    def service(self, words: list[str], name: str, flag: dict[str, str]) -> None:
        self.need_account(flag["service-account"])
        for part in flag["set-secrets"].split(","):
            if not self.things[f"secrets {part.split('=')[1].split(':')[0]}"].get("value"):
                missing(part)
        if words[1] == "deploy":
            self.need("artifacts docker images " + flag["image"])
        there = self.things.get(f"run services {name}", {"serving": flag.get("image")})
        self.things[f"run services {name}"] = there | flag

    def described(self, name: str, flags: dict[str, str]) -> dict[str, Any]:
        pairs = [pair.partition("=") for pair in flags["set-env-vars"].removeprefix("^;^").split(";")]
        variables = [{"name": name, "value": value} for name, _, value in pairs]
        traffic = [{"tag": "candidate", "revisionName": "old"}, {"revisionName": "present", "percent": 100}]
        return {
            "metadata": {"labels": dict([flags["update-labels"].split("=")])},
            "status": {"url": f"https://{name}-abc-uc.a.run.app", "traffic": traffic},
            "spec": {
                "template": {
                    "metadata": {"annotations": {"autoscaling.knative.dev/maxScale": flags["max-instances"]}},
                    "spec": {"containers": [{"env": variables}]},
                }
            },
        }

    def change(self, kind: list[str], verb: str, name: str, flag: dict[str, str]) -> None:
        thing = self.thing(kind, name)
        if verb == "create":
            if thing in self.things:
                raise Refused(f"ALREADY_EXISTS: {thing}")
            self.things[thing] = flag
            return
        self.need(thing)
        if verb == "update":
            self.things[thing] |= flag
        elif verb == "delete":
            if "delete-protection" in self.things[thing]:
                raise Refused("protected")
            del self.things[thing]
            self.state["grants"] = [
                g for g in self.state["grants"] if self.thing(g[0].split(), g[1]) != thing
            ]
        else:
            self.describe(name, self.things[thing], flag.get("format", "value(name)"))
        if "no-delete-protection" in flag:
            self.things[thing].pop("delete-protection")

    def describe(self, name: str, flags: dict[str, str], form: str) -> None:
        asked = re.search(r"\((.*)\)", form)
        assert asked
        values = [flags.get(FIELDS[path], "") if path in FIELDS else name for path in asked[1].split(",")]
        self.say(";".join(values))

    def index(self, words: list[str], flags: dict[str, list[str]], flag: dict[str, str]) -> None:
        group = flag.get("collection-group")
        match words:
            case ["composite", "list"]:
                self.say(json.dumps(self.state["indexes"]))
            case ["composite", "create"]:
                fields = [
                    dict(part.split("=") for part in field.split(",")) for field in flags["field-config"]
                ]
                listed = [{"fieldPath": f["field-path"], "order": f["order"].upper()} for f in fields]
                last = {"fieldPath": "__name__", "order": listed[-1]["order"]}
                number = len(self.state["indexes"])
                self.state["indexes"].append(
                    {
                        "name": f"{LISTED}/{group}/indexes/{number}",
                        "queryScope": flag["query-scope"].upper(),
                        "fields": [*listed, last],
                    }
                )
            case ["fields" | "ttls" as kind, "list"]:
                self.say(json.dumps(self.state["exempt" if kind == "fields" else "expiring"]))
            case ["fields" | "ttls" as kind, "update", path]:
                listed = self.state["exempt" if kind == "fields" else "expiring"]
                listed.append({"name": f"{LISTED}/{group}/fields/{path}", "indexConfig": {}})
