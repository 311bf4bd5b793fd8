"""Runs a Pulumi program by the SDK that its Python has, as the environment says (lab/offline/programs/service.ts)."""

import asyncio
import logging
import os
import runpy
import sys
import traceback

import pulumi
import pulumi.runtime

REPORTED = 32
"""Exit status that tells the host: the user has been told."""


def main(program: str) -> int:
    pulumi.runtime.set_all_config(pulumi.runtime.get_config_env(), pulumi.runtime.get_config_secret_keys_env())
    pulumi.runtime.configure(
        pulumi.runtime.Settings(
            monitor=os.environ["PULUMI_MONITOR"],
            engine=os.environ["PULUMI_ENGINE"],
            project=os.environ["PULUMI_PROJECT"],
            stack=os.environ["PULUMI_STACK"],
            organization=os.environ["PULUMI_ORGANIZATION"],
            root_directory=os.environ["PULUMI_ROOT_DIRECTORY"],
            parallel=int(os.environ["PULUMI_PARALLEL"]),
            dry_run=os.environ["PULUMI_DRY_RUN"] == "true",
        )
    )
    # A program that fails leaves futures that nobody waits for.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    sys.argv = [program]
    sys.path.insert(0, program if os.path.isdir(program) else os.path.dirname(program))
    try:
        asyncio.run(pulumi.runtime.run_in_stack(lambda: _run(program)))
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
        return REPORTED
    except Exception:
        pulumi.log.error(f"Program failed with an unhandled exception:\n{traceback.format_exc()}")
        return REPORTED
    return 0


def _run(program: str) -> None:
    runpy.run_path(program, run_name="__main__")


sys.exit(main(sys.argv[1]))
