"""Users' words are text on every page: no link, picture, formula or icon is made of them."""

from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_lint import Lint

from dashboard.format import plain

ROOT = Path(__file__).parents[1]
HOSTILE = (
    "[a](https://x.test)",
    "![a](https://x.test/a.png)",
    "<img src=x onerror=alert(1)>",
    "<https://x.test>",
    "https://x.test/a",
    "www.x.test",
    "a@x.test",
    ":material/delete:",
    ":red[a]",
    "$x^2$",
    "**a** _b_ ~~c~~ `d`",
    "# a",
    "a\n\n# b\r\n- c\u2028d",
    "1. a",
    "2) a",
    "a\n===",
    "| a | b |\n| - | - |",
    "[a]: https://x.test",
    "&lt;b&gt; &#60;",
    "\\",
    "- [ ] a",
    ":smile:",
    "    code",
    "\t code",
    "a  \nb",
)


def test_nothing_that_may_be_a_users_reaches_markdown_but_through_plain():
    files = sorted([*(ROOT / "dashboard").rglob("*.py"), *(ROOT / "pages").glob("*.py")])
    assert Lint(files).problems() == []


@pytest.mark.parametrize(
    ("line", "shows"),
    [
        ('st.caption(f"of {run.name}")', "run.name"),
        ("st.error(str(problem))", "problem"),
        ('name = run.name\n    st.button("Open " + name)', "name"),
        ('parts = []\n    parts.append(run.name)\n    st.markdown(" · ".join(parts))', "parts"),
        ('left.metric("Rows", 1, help=run.name)', "run.name"),
        ("page_url.show(run.name)", "run.name"),
        ('st.caption(f"of {plain(run.name)}, {count(run.rows)} rows, {run.rows:,}")', ""),
        ("page_url.show(plain(run.name))", ""),
        ('words = {"a": "b"}\n    st.info(words.get(run.name, "c"))', ""),
    ],
)
def test_the_lint_finds_a_name_and_lets_numbers_and_plain_text_pass(tmp_path: Path, line: str, shows: str):
    file = tmp_path / "page.py"
    file.write_text(f"def show(text: Markdown): ...\ndef page(run, problem, left):\n    {line}\n", encoding="utf-8")
    assert [found.split(": ")[1] for found in Lint([file]).problems()] == ([shows] if shows else [])


@pytest.mark.parametrize("text", HOSTILE)
def test_plain_text_has_no_markup_in_it(text: str):
    parser = MarkdownIt("commonmark", {"linkify": False}).enable(["table", "strikethrough"])
    for around in ("{}", "**{}**", "a {} b"):
        (paragraph,) = [token for token in parser.parse(around.format(plain(text))) if token.type == "inline"]
        kinds = {child.type for child in paragraph.children or []} - {"text", "strong_open", "strong_close"}
        assert kinds <= {"text_special"}, (text, kinds)
        assert {token.type for token in parser.parse(plain(text))} <= {"paragraph_open", "inline", "paragraph_close"}
