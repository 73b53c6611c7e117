"""Authors, dates, titles and sites of whole pages: what counts, and what belongs to other pages or people."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk import CleanDocument, Settings, clean
from copydesk.metadata.authors import find_names, list_authors, trim_name
from copydesk.metadata.dates import find_order
from copydesk.metadata.header import Block, split_header
from copydesk.metadata.headlines import read_title, trim_title
from copydesk.metadata.people import drop_weekday, is_person
from copydesk.metadata.sites import find_site_name
from copydesk.noise.rules import load_rule_book
from copydesk.settings import MetadataSettings

BOOK = load_rule_book()
TITLE = "Island council closes old harbour"
BODY = (
    "The council of the island voted late on Monday to close the old harbour for at least two years.\n"
    "Its members had debated the plan for months, and most of the fishermen had spoken against the closure.\n"
)


def clean_header(*lines: str, after: str = "", settings: Settings | None = None) -> CleanDocument:
    return clean("\n".join([TITLE, *lines, BODY + after]), settings)


def block(label: str, text: str, role: str = "noise", reason: str = "model.page") -> Block:
    return Block(role, label, reason, text, any(map(str.isdigit, text)))


def paragraph(text: str) -> Block:
    return block("paragraph", text, "content", "no_evidence")


@pytest.mark.parametrize("line", ["Edited by Jane Example", "Photo: Jane Example", "Foto: Jane Example"])
def test_who_edited_or_photographed_is_no_author(line: str) -> None:
    assert clean_header(line, "May 3, 2024").authors == ()


def test_name_behind_a_label_on_a_line_of_its_own_is_an_author() -> None:
    assert clean_header("Written by:", "Jane Example", "May 3, 2024").authors == ("Jane Example",)


@pytest.mark.parametrize(
    "line",
    ["Jane ExamplePublished May 3, 2024", "Jane Example | Published 15 hours ago", "By Jane Example  Mary Sample"],
)
def test_name_is_cut_off_where_a_date_or_a_gap_follows(line: str) -> None:
    assert clean_header(line).authors == ("Jane Example",)


@pytest.mark.parametrize(
    "lines",
    [
        ("Jane Example", "Posted 10:20"),
        ("Jane Example", "Rome", "May 3, 2024"),
        ("Two harbours were compared for this report. Jane Example", "May 3, 2024"),
        ("It will be rebuilt one day By Jane Example", "May 3, 2024"),
        ("Jane Example – Journalist Journalist",),
        ("What the council decided, a report by Jane Example",),
        ("Gastbeitrag von", "Jane Example"),
        ("* Jane Example", "May 3, 2024"),
        ("Jane Example, Print Managing Editor",),
        ("Jane Example", "Trending Editor"),
    ],
)
def test_name_signs_by_where_it_stands(lines: tuple[str, ...]) -> None:
    assert clean_header(*lines).authors == ("Jane Example",)


@pytest.mark.parametrize("lines", [("Harbour Fishermen", "May 3, 2024"), ("Reviewed by Jane Example", "May 3, 2024")])
def test_words_of_the_text_or_behind_a_credit_sign_nothing(lines: tuple[str, ...]) -> None:
    assert clean_header(*lines).authors == ()


def test_name_above_a_date_signs_even_if_the_text_speaks_of_its_owner() -> None:
    text = "Jane Example leads the council of fishermen and has written about the harbour for more than thirty years."
    assert clean_header("Jane Example", "May 3, 2024, 10:20", after=text).authors == ("Jane Example",)


def test_title_of_an_office_is_no_author() -> None:
    assert clean_header("Chief Business Editor", "May 3, 2024").authors == ()


def test_byline_right_behind_the_text_names_an_author() -> None:
    assert clean_header(after="By Jane Example").authors == ("Jane Example",)


def test_byline_far_behind_the_text_belongs_to_another_page() -> None:
    teasers = "\n".join(f"A headline of another page, number {i}" for i in range(12))
    assert clean_header(after=f"Read more\n{teasers}\nBy Jane Example").authors == ()


@pytest.mark.parametrize(
    ("name", "trimmed"),
    [
        ("by Jane Example", "Jane Example"),
        ("Jane Example Jane Example", "Jane Example"),
        ("Jane Example The Associated Press", "Jane Example"),
        ("Von Jane Example", "Jane Example"),
        ("Von Trapp", "Von Trapp"),
        ("Jane Example und", "Jane Example"),
        ("AFP", "AFP"),
    ],
)
def test_name_is_trimmed(name: str, trimmed: str) -> None:
    assert trim_name(name, BOOK.vocabulary) == trimmed


@pytest.mark.parametrize("text", ["Read More", "Our Team", "Getty Images", "Alle Nachrichten", "Nos Services"])
def test_furniture_in_capitals_is_no_person(text: str) -> None:
    assert not is_person(text, BOOK.vocabulary)


@pytest.mark.parametrize("name", ["Jane ExampleFollow", "Jane Example's", "Wedding ListsJust Engaged"])
def test_what_hangs_on_to_a_name_makes_it_none(name: str) -> None:
    assert not is_person(name, BOOK.vocabulary)


@pytest.mark.parametrize("name", ["Jane McExample", "Leo DiCaprio", "Jane Example-Model", "Jane O'Example"])
def test_capital_inside_a_name_is_part_of_it(name: str) -> None:
    assert is_person(name, BOOK.vocabulary)


@pytest.mark.parametrize(
    ("names", "left"),
    [
        ("Jane Example Friday", "Jane Example"),
        ("Jane Example Freitag,", "Jane Example"),
        ("Joe Friday", "Joe Friday"),
        ("Jane Example", "Jane Example"),
    ],
)
def test_day_of_the_week_behind_a_name_belongs_to_the_date(names: str, left: str) -> None:
    assert drop_weekday(names) == left


def test_words_of_the_title_are_no_author() -> None:
    lines = ("Harbour Council Closes: what changes", "Harbour Council", "May 3, 2024")
    assert clean("\n".join([*lines, BODY])).authors == ()


def test_byline_beside_a_date_right_above_the_text_counts_far_from_the_title() -> None:
    menu = [block("navigation", f"Section {word}") for word in "abcdefghijklmnopqrstuvwxyz"]
    lines = [block("navigation", "By"), block("byline", "Jane Example"), block("timestamp", "May 3, 2024")]
    title = block("title", TITLE, "metadata", "structure.title")
    header = split_header([title, *menu, *lines, *map(paragraph, BODY.splitlines())])
    assert list_authors(header, "en", BOOK) == ["Jane Example"]


def test_bylines_beside_dates_that_differ_name_nobody() -> None:
    lines = [
        *(block("byline", "Jane Example"), block("timestamp", "May 3, 2024")),
        *(block("byline", "Mary Sample"), block("timestamp", "May 4, 2024")),
    ]
    menu = [block("navigation", f"Section {word}") for word in "abcdefghijklmnopqrstuvwxyz"]
    title = block("title", TITLE, "metadata", "structure.title")
    header = split_header([title, *menu, *lines, *map(paragraph, BODY.splitlines())])
    assert list_authors(header, "en", BOOK) == []


def test_dates_without_a_name_that_differ_date_nothing() -> None:
    assert clean_header("May 3, 2024", "June 9, 2024").published is None


@pytest.mark.parametrize("word", sorted(BOOK.vocabulary.credit_words))
def test_name_behind_a_credit_word_is_no_author(word: str) -> None:
    assert list(find_names(f"{word} Jane Example, 3 May 2024", "en", BOOK.vocabulary)) == []


def test_date_in_a_caption_dates_nothing() -> None:
    caption = "A file photograph shows the minister of fisheries speaking in the old harbour on November 19, 2023"
    document = clean_header(caption, "Friday, 3 May 2024 4:55 PM")
    assert document.published == "2024-05-03T16:55"


def test_date_of_today_at_the_top_of_a_page_dates_nothing() -> None:
    menu = [block("navigation", f"Section {word}") for word in "abcdefghijkl"]
    today = block("timestamp", "Friday 3 May 2024", "metadata", "en.timestamp")
    blocks = [today, *menu, block("title", TITLE, "metadata", "structure.title"), *map(paragraph, BODY.splitlines())]
    header = split_header(blocks)
    assert today in header.far
    assert today not in header.edges


def test_header_starts_at_the_copy_of_the_title_above_the_text() -> None:
    menu = [block("navigation", f"Section {word}") for word in "abcdefghijkl"]
    copy = block("repeated", TITLE)
    title = block("title", TITLE, "metadata", "structure.title")
    header = split_header([title, *menu, copy, *map(paragraph, BODY.splitlines())])
    assert header.near[0] is copy


def test_header_of_a_page_without_a_title_lies_above_its_longest_text() -> None:
    menu = [block("navigation", f"Section {word}") for word in "abcdefghijkl"]
    teaser = paragraph("A teaser in the menu is as long as a paragraph of the article but stands quite alone up there.")
    name = block("byline", "By Jane Example", "metadata", "en.byline")
    header = split_header([teaser, *menu, name, *map(paragraph, BODY.splitlines())])
    assert header.near[0] is name


def test_header_does_not_start_at_a_copy_of_the_title_below_the_text() -> None:
    title = block("title", TITLE, "metadata", "structure.title")
    body = list(map(paragraph, BODY.splitlines()))
    teaser = paragraph("Another page says at some length what else has happened on the island since the council met.")
    menu = [block("navigation", f"Section {word}") for word in "abcdefghijkl"]
    assert split_header([title, *body, *body, *menu, block("repeated", TITLE), teaser]).near[0] is title


def test_order_of_numeric_dates_is_taken_from_those_that_read_one_way() -> None:
    assert find_order([block("timestamp", "24/05/2026"), block("timestamp", "06/01/2026")]) is False
    assert find_order([block("timestamp", "05/24/2026")]) is True
    assert find_order([block("timestamp", "05/24/2026"), block("timestamp", "24/05/2026")]) is None


def test_time_of_day_that_counts_to_24_tells_that_the_day_comes_first() -> None:
    assert find_order([block("timestamp", "Published on 06/01/2026 - 13:55 GMT+1")]) is False
    assert find_order([block("timestamp", "06/01/2026 11:55")]) is None


def test_label_of_a_date_stands_before_it_on_the_page() -> None:
    assert clean(f"{BODY}May 3, 2024\nUpdated: May 4, 2024\n{BODY}").published == "2024-05-03"


@pytest.mark.parametrize("words", ["Updated 2 hours ago", "2 weeks ago"])
def test_relative_time_that_dates_no_day_of_publication_is_not_read(words: str) -> None:
    settings = Settings(metadata=MetadataSettings(reference_time=datetime(2024, 5, 4, 12, tzinfo=UTC)))
    assert clean_header(words, settings=settings).published is None


@pytest.mark.parametrize(
    ("title", "trimmed"),
    [
        ("Reading time 2 min.Island council closes harbour", "Island council closes harbour"),
        ("Il paese si organizza con i muliRedazione", "Il paese si organizza con i muli"),
        ("Krokodil will Finnland fressen! Quelle: dpa", "Krokodil will Finnland fressen!"),
        ("ABONNÉSUne école fermée", "Une école fermée"),
        ("#PasMonArrêt : la régie plie", "#PasMonArrêt : la régie plie"),
        ("U.S. harbour closes", "U.S. harbour closes"),
        ("SpaceX and McDonald open in YouTube", "SpaceX and McDonald open in YouTube"),
    ],
)
def test_furniture_is_cut_off_a_title(title: str, trimmed: str) -> None:
    assert trim_title(title, BOOK) == trimmed


@given(st.text(max_size=80))
def test_trimmed_title_is_a_part_of_the_title(title: str) -> None:
    assert trim_title(title, BOOK) in title


@pytest.mark.parametrize(
    "title",
    [
        "The council closed the harbour on Monday.",
        "My Europe World Business Policy Green Next Health Travel Culture Video",
    ],
)
def test_sentence_or_menu_is_no_title(title: str) -> None:
    blocks = [block("title", title, "metadata", "structure.title"), *map(paragraph, BODY.splitlines())]
    assert read_title(blocks, BOOK) is None


@pytest.mark.parametrize(
    ("first", "again"),
    [
        (f"{TITLE} | Example Times", TITLE),
        (f"{TITLE}Skip to content", f"{TITLE}By Jane Example"),
        (f'{TITLE}, 2 of 3 "in favour" - Times', f"{TITLE}, 2 of 3 «in favour»"),
    ],
)
def test_opening_of_a_page_that_stands_on_it_once_more_is_its_title(first: str, again: str) -> None:
    blocks = [block("navigation", first), block("repeated", again), *map(paragraph, BODY.splitlines())]
    title = read_title(blocks, BOOK)
    assert title is not None
    assert title.startswith(TITLE)
    assert title in first


@pytest.mark.parametrize(
    ("first", "again"),
    [
        (f"{TITLE} in May | Times", f"{TITLE} in June"),
        ("Skip to the main content of this page", "Skip to the main content of this page"),
        (f"{TITLE} for good | Times", f"{TITLE}, its members say"),
    ],
)
def test_opening_that_goes_on_or_says_nothing_of_the_article_is_no_title(first: str, again: str) -> None:
    blocks = [block("navigation", first), block("repeated", again), *map(paragraph, BODY.splitlines())]
    assert read_title(blocks, BOOK) is None


def test_title_takes_the_kicker_that_the_page_shows_with_it_twice() -> None:
    opening = f"Fishing: {TITLE}"
    title = block("title", TITLE, "metadata", "structure.title")
    blocks = [block("navigation", f"{opening} | Times"), block("navigation", opening), title]
    assert read_title([*blocks, *map(paragraph, BODY.splitlines())], BOOK) == opening


def test_site_is_named_behind_the_title_in_the_first_line() -> None:
    blocks = [block("navigation", f"{TITLE} | Example Times"), block("title", TITLE)]
    assert find_site_name(blocks, TITLE) == "Example Times"


def test_owner_of_the_copyright_who_stands_alone_on_a_line_is_the_site() -> None:
    notice = block("legal_notice", "© 2024 Example Times. All rights reserved.")
    assert find_site_name([block("navigation", "Example Times"), notice], None) == "Example Times"
    assert find_site_name([notice], None) is None


def test_time_of_publication_at_the_end_of_a_glued_source_line_is_read() -> None:
    body = "The council of the island voted late on Monday to close the old harbour for at least two years."
    line = "Source link : https://news.example/harbour-closes Author :Publish date : 2025-07-21 21:15:00"
    assert clean(f"{body}\n{body.replace('Monday', 'Tuesday')} {line}").published == "2025-07-21T21:15:00"
