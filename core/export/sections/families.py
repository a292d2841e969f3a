"""The families of flagged rows: each with its size, its typical row and the columns that set it apart."""

from core.drawing.markup import Markup, join, tag
from core.explain.families.grouping import Family
from core.explain.families.names import title_of
from core.explain.families.stored import Families
from core.export import figures
from core.export.context import ReportContext
from core.export.section import ReportSection
from core.export.sections import SECTIONS
from core.modalities.nouns import Nouns
from core.words import count, number, share


@SECTIONS.register("families")
class FamiliesSection(ReportSection):
    """A card a family."""

    title = "The families of flagged rows"
    order = 20

    def build(self, context: ReportContext) -> Markup | None:
        """The families at the report's threshold; None where nobody grouped the rows there."""
        found = context.families
        if found is None or not found.families:
            return None
        cards = (
            _card(family, title_of(family.number, context.family_names), context.says) for family in found.families
        )
        return join([_words(found, context.says), tag("div", cards, class_="families")])


def _words(families: Families, says: Nouns) -> Markup:
    told = [family for family in families.families if family.number]
    left = families.flagged - len(families.row)
    text = says(
        f"The {says.count(families.flagged)} above {number(families.threshold, 4)} are odd for {count(len(told))} "
        f"{'reason' if len(told) == 1 else 'reasons'}. Rows of one family differ from ordinary ones in the same "
        "columns and in the same direction; the sentence is that of the row in the middle of it.",
        parts=True,
    )
    if left:
        text += f" The {says.count(left)} with the lowest scores among them were not grouped."
    return tag("p", text)


def _card(family: Family, title: str, says: Nouns) -> Markup:
    known = f"{share(family.anomalies / family.labelled)} labelled as anomalies" if family.labelled else None
    about = [
        f"{says.count(family.rows)}, {share(family.share)} of the flagged",
        f"median score {number(family.score, 4)}",
        known,
    ]
    words = family.sentence if family.number else says("Rows that no family holds: each has reasons of its own.")
    typical = tag("span", f" ({says.sample} {count(family.typical)})", class_="quiet") if family.number else None
    return tag(
        "article",
        tag(
            "h3",
            title,
            tag("span", " · ".join(part for part in about if part)),
            tag(
                "button",
                says("Show its rows"),
                type="button",
                data_choose=str(family.number),
                data_called=title,
                class_="only-screen",
            ),
        ),
        tag("p", words, typical),
        tag(
            "dl",
            (
                [
                    tag("dt", top.feature, title=top.feature),
                    tag("dd", figures.bar(top.contribution)),
                    tag("dd", share(top.contribution)),
                ]
                for top in family.top
            ),
        ),
        class_="family",
    )
