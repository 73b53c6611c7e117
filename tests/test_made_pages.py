from itertools import islice
from pathlib import Path

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.made_pages import vary_pages, write_pages

PAGE = "Accueil\nLe port a fermé lundi 12 mai, a annoncé la mairie de cette ville.\n3 commentaires\n"


@given(st.lists(st.text(min_size=1), min_size=1, max_size=3))
def test_made_page_has_the_lines_of_its_page(pages: list[str]) -> None:
    made = list(islice(vary_pages(pages), 3 * len(pages)))
    assert made[: len(pages)] == pages
    for number, page in enumerate(made):
        origin = pages[number % len(pages)]
        assert (len(page), page.count("\n")) == (len(origin), origin.count("\n"))


def test_made_pages_differ_and_are_the_same_each_time() -> None:
    made = list(islice(vary_pages([PAGE]), 50))
    assert len(set(made)) == len(made)
    assert list(islice(vary_pages([PAGE]), 50)) == made


def test_written_pages_and_their_bytes_are_counted(tmp_path: Path) -> None:
    n_bytes = write_pages([PAGE], 1_500, tmp_path / "pages")
    texts = pl.read_ndjson(tmp_path / "pages" / "*.jsonl")["text"]
    assert len(list((tmp_path / "pages").iterdir())) == 2
    assert (texts.len(), texts.str.len_bytes().sum()) == (1_500, n_bytes)
    assert write_pages([PAGE], 1_500, tmp_path / "pages") == n_bytes
