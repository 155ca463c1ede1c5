"""`flext-quality findings`: lists what an analysis found."""

from __future__ import annotations

from contextlib import aclosing

from flext_quality.cli.analyses.plain_display import finding_line
from flext_quality.cli.exit_codes import ExitCode
from flext_quality.cli.failures import check_analysis_name, failure_of
from flext_quality.cli.interrupts import Interrupts
from flext_quality.cli.json_output import to_json
from flext_quality.cli.output import open_output
from flext_quality.cli.server_access import access
from flext_quality_client import QualityError


async def findings(analysis: str, server: str, output_format: str) -> ExitCode:
    """Runs the command. `server` is empty for an embedded one.

    Raises:
        CommandFailedError: there is no such analysis or server.
        OutputClosedError: nobody reads the output.
    """
    to_line = to_json if output_format == "json" else finding_line
    check_analysis_name(analysis)
    try:
        with open_output(None) as output, Interrupts():
            async with access(server, None) as reached:
                found = reached.client.findings(analysis)
                async with aclosing(found):  # type: ignore[type-var]  # a generator
                    async for finding in found:
                        output.write(to_line(finding) + "\n")
    except QualityError as error:
        raise failure_of(error, server) from error
    return ExitCode.OK
