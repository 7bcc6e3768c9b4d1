"""`python -m service`: all of Reveille on this machine. See `--help`."""

import argparse
import os
import sys

from service.commands.admin_arguments import Parser, add_admin
from service.settings import BadSetting, Settings


def main(arguments: list[str]) -> int:
    parser = Parser(prog="python -m service", description=__doc__)
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("run", help="run the service, its task queue, a scheduler and a telephone network")
    demo = commands.add_parser("demo", help="a campaign from evening to its end, in time-lapse")
    demo.add_argument("--contacts", metavar="FILE.csv", help="your own list instead of 100 made-up contacts")
    demo.add_argument("--seed", type=int, default=1, help="repeats a run exactly (default: 1)")
    add_admin(commands)
    commands.add_parser("tick", help="post one tick, for the scheduler of any other host")
    commands.add_parser("token", help="print what proves a tick, for a scheduler that has only curl")
    commands.add_parser("network", help="only the telephone network (started by `run`)")
    asked = parser.parse_args(arguments)
    try:
        settings = Settings.read(os.environ, for_store=asked.command == "admin")
        return _commands(asked, settings)
    except BadSetting as error:
        print(f"Bad setting: {error}", file=sys.stderr)
        return 2
    except (KeyboardInterrupt, BrokenPipeError):  # Ctrl-C, or `demo | head`: the reader has seen enough
        os._exit(130)


def _commands(asked: argparse.Namespace, settings: Settings) -> int:
    """Each command is loaded only when it is asked for."""
    match asked.command:
        case "demo":
            from service.commands.demo import demo

            return demo(contacts=asked.contacts, seed=asked.seed)
        case "admin":
            from service.commands.admin import admin

            return admin(asked, settings)
        case "tick":
            from service.commands.tick import tick

            return tick(settings)
        case "token":
            from service.commands.tick import token

            print(token(settings))
            return 0
        case "network":
            from service.commands.network import run_network

            return run_network(settings)
        case _:
            from service.commands.run import run

            return run(settings)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
