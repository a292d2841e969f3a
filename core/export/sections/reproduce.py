"""How to get the same numbers again: versions, seed and commands."""

from core.drawing.markup import Markup, join, table, tag
from core.export.context import ReportContext
from core.export.section import ReportSection
from core.export.sections import SECTIONS
from core.words import count


@SECTIONS.register("reproduce")
class ReproduceSection(ReportSection):
    """Facts and commands."""

    title = "Versions and seed"
    order = 90

    def build(self, context: ReportContext) -> Markup:
        """What the run was made with."""
        run, result = context.run, context.run.result
        moment = run.record.finished_at or run.record.created_at
        facts = [
            ("Run", f"{run.name} ({run.id})"),
            ("Finished", f"{moment.day} {moment:%B %Y, %H:%M} UTC"),
            ("Seed", str(run.recipe.seed)),
            ("Device", str(result.get("device", ""))),
            ("Weights", count(result.get("parameters", 0))),
            *((name.capitalize(), version) for name, version in result.get("versions", {}).items()),
        ]
        commands = (
            f"anomalens score {run.id} new_rows.csv --out scores.csv\n"
            f"anomalens notebook {run.id} --out run.ipynb\n"
            f"anomalens bundle {run.id} --out run.zip"
        )
        return join(
            [
                tag("p", "The same data, settings and seed give the same numbers on the same kind of machine."),
                table(["", ""], facts, class_="facts"),
                tag("p", "On the machine that holds the run:"),
                tag("pre", commands),
            ]
        )
