"""Web pages: their text, and what their markup states."""

import json
import re
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.reading import Page, looks_like_html, read_page
from copydesk.reading.html_flat import is_overloaded, strip_markup

ARTICLE = (
    "<h1>Old bridge opens again</h1><p>The old bridge <b>opens</b> in spring, the mayor said.</p><p>It was closed.</p>"
)
MENU = '<nav><ul><li><a href="/">Home</a></li><li><a href="/news">News</a></li></ul></nav>'


def make_page(head: str = "", body: str = ARTICLE, language: str = "en") -> str:
    return f'<!DOCTYPE html><html lang="{language}"><head>{head}</head><body>{body}</body></html>'


def linked(*objects: object) -> str:
    return "".join(f'<script type="application/ld+json">{json.dumps(value)}</script>' for value in objects)


def read_lines(body: str) -> list[str]:
    return [line.strip() for line in read_page(make_page(body=body)).text.splitlines() if line.strip()]


def test_whole_page_becomes_text_block_by_block() -> None:
    assert read_lines(MENU + ARTICLE + "<footer>© The Daily</footer>") == [
        "• Home",
        "• News",
        "Old bridge opens again",
        "The old bridge opens in spring, the mayor said.",
        "It was closed.",
        "© The Daily",
    ]


@pytest.mark.parametrize(
    "unseen",
    [
        "<script>document.write('<p>secret</p>')</script>",
        "<style>p::after { content: 'secret' }</style>",
        "<!-- secret -->",
        "<template><p>secret</p></template>",
        '<script type=\'application/ld+json\'>{"headline": "secret"}</script>',
        "<p title='secret' data-x='secret' onclick='secret()'></p>",
    ],
)
def test_what_a_page_does_not_show_is_no_text(unseen: str) -> None:
    page = make_page(body=ARTICLE + unseen)
    assert "secret" not in read_page(page).text
    assert "secret" not in strip_markup(page)


@pytest.mark.parametrize(
    "block", ["p", "div", "summary", "legend", "dialog", "menu", "section", "h2", "dd", "figcaption"]
)
def test_blocks_are_not_run_together(block: str) -> None:
    assert read_lines(f"<div>one<{block} class='x'>two</{block}><{block}>three</{block}></div>")[1:] == ["two", "three"]


def test_characters_written_as_entities_are_read() -> None:
    assert read_lines("<p>a &lt;b&gt; &amp;amp; caf&eacute; &#8220;c&#x201D; d&nbsp;&euro;</p>") == [
        "a <b> &amp; café “c” d\xa0€"
    ]


def test_elements_that_xhtml_closes_at_once_hold_nothing() -> None:
    head = '<?xml version="1.0"?><html xmlns="x"><head><title/><script src="a"/></head>'
    assert read_page(f"{head}<body><p>One<br/>two</p></body></html>").text.split() == ["One", "two"]


@pytest.mark.parametrize("markup", ["<html></html>", "<html><body><script>x()</script> \n</body></html>"])
def test_markup_that_shows_nothing_has_no_text(markup: str) -> None:
    assert not read_page(markup).text.strip()


NEWS = {
    "@context": "https://schema.org",
    "@type": "NewsArticle",
    "headline": "Old bridge opens",
    "datePublished": "2024-05-03T08:00:00+02:00",
    "author": [{"@type": "Person", "name": "Anna Berg"}, {"@type": "Person", "name": "Tom Ek"}],
    "publisher": {"@type": "Organization", "name": "The Daily"},
    "url": "https://daily.example/bridge",
    "inLanguage": "en-GB",
}


def test_linked_objects_state_all_facts() -> None:
    page = read_page(make_page(linked(NEWS), language=""))
    assert page[1:] == (
        "Old bridge opens",
        ("Anna Berg", "Tom Ek"),
        "2024-05-03T08:00:00+02:00",
        "https://daily.example/bridge",
        "en",
        "The Daily",
    )


def test_meta_elements_state_all_facts() -> None:
    head = """
    <meta property="og:title" content="Old bridge opens | The Daily"><meta property="og:site_name" content="The Daily">
    <meta name=author content='Anna Berg'><meta content="2024-05-03" property="article:published_time">
    <link href="https://daily.example/bridge?a=1&amp;b=2" rel="canonical">"""
    assert read_page(make_page(head))[1:] == (
        "Old bridge opens",
        ("Anna Berg",),
        "2024-05-03",
        "https://daily.example/bridge?a=1&b=2",
        "en",
        "The Daily",
    )


def test_page_that_states_nothing_has_no_facts() -> None:
    assert read_page("<p>One</p>") == Page("One")


@pytest.mark.parametrize(
    "objects",
    [
        [[NEWS]],
        [{"@context": "x", "@graph": [{"@type": "WebSite", "name": "The Daily"}, NEWS]}],
        [{"@type": "WebPage", "headline": "Wrong"}, NEWS],
        [{**NEWS, "@type": ["Article", "NewsArticle"]}],
        [{**NEWS, "@type": "http://schema.org/NewsArticle"}],
        [{"@type": "WebPage", "mainEntity": NEWS}],
    ],
)
def test_article_is_found_among_linked_objects(objects: list[object]) -> None:
    assert read_page(make_page(linked(*objects))).stated_title == "Old bridge opens"


@pytest.mark.parametrize(
    ("author", "names"),
    [
        ("Anna Berg", ("Anna Berg",)),
        ({"name": "Anna Berg"}, ("Anna Berg",)),
        ({"name": ["Anna Berg", "Tom Ek"]}, ("Anna Berg", "Tom Ek")),
        (["Anna Berg", {"name": "Anna Berg"}], ("Anna Berg",)),
        ({"@id": "#anna"}, ("Anna Berg",)),
        ([{"@id": "#nobody"}, {"name": " Anna\u200b  Berg "}], ("Anna Berg",)),
        ({"name": "Anna Berg \ud800"}, ("Anna Berg",)),
        ({"name": "The Daily"}, ()),
        ("https://daily.example/anna", ()),
        ({"name": 7}, ()),
        (None, ()),
        ({"name": "O&#039;Neil"}, ("O'Neil",)),
    ],
)
def test_authors_are_read_from_linked_objects(author: object, names: tuple[str, ...]) -> None:
    head = linked({**NEWS, "author": author}, {"@id": "#anna", "@type": "Person", "name": "Anna Berg"})
    assert read_page(make_page(head)).stated_authors == names


def test_address_in_place_of_an_author_is_passed_over() -> None:
    head = (
        '<meta property="article:author" content="https://social.example/anna"><meta name="dc.creator" content="Anna">'
    )
    assert read_page(make_page(head)).stated_authors == ("Anna",)


@pytest.mark.parametrize(
    "code", ["{", "[[[", "null", "7", '{"@type": 7}', '{"@graph": {"@graph": []}}', "[" * 100_000, "{}" * 3]
)
def test_linked_objects_that_are_broken_state_nothing(code: str) -> None:
    head = f'<script type="application/ld+json">{code}</script><meta property="og:title" content="Title">'
    assert read_page(make_page(head)).stated_title == "Title"


@pytest.mark.parametrize("wrapper", ["<!-- {} -->", "//<![CDATA[\n{}\n//]]>", "/*<![CDATA[*/{}/*]]>*/", "\n{}\n"])
def test_linked_objects_are_read_in_their_wrapping(wrapper: str) -> None:
    head = f'<script type="application/ld+json">{wrapper.replace("{}", json.dumps(NEWS))}</script>'
    assert read_page(make_page(head)).stated_title == "Old bridge opens"


@pytest.mark.parametrize(
    ("head", "title"),
    [
        (
            "<title>Old bridge opens - The Daily</title><meta property='og:site_name' content='The Daily'>",
            "Old bridge opens",
        ),
        (
            "<title>The Daily: Old bridge</title><meta property='og:site_name' content='The Daily'>",
            "The Daily: Old bridge",
        ),
        ("<title>Old bridge opens again – Sport – Daily</title>", "Old bridge opens again"),
        ("<title>The\n Daily</title><meta property='og:site_name' content='The Daily'>", "The Daily"),
        ("<title>A &amp; B</title>", "A & B"),
        ("<title>x</title><meta name='twitter:title' content='Post'>", "Post"),
        ("", "Old bridge opens again"),
    ],
)
def test_title_is_stated_without_the_site(head: str, title: str) -> None:
    assert read_page(make_page(head)).stated_title == title


@pytest.mark.parametrize(
    ("markup", "published"),
    [
        ('<meta itemprop="datePublished" content="2024-05-03">', "2024-05-03"),
        ('<time datetime="2024-05-03T08:00Z">today</time>', "2024-05-03T08:00Z"),
        (
            '<time datetime="2024-05-01">a</time><time class="entry-date published" datetime="2024-05-03">b</time>',
            "2024-05-03",
        ),
        ('<time datetime="2024-05-01">a</time><time datetime="2024-05-02">b</time>', None),
        ('<meta name="date" content="0001-01-01T00:00:00"><meta name="dc.date" content="2024-05-03">', "2024-05-03"),
        ('<meta name="date" content="today">', None),
        (f'<meta name="date" content="2024{" " * 90}x{"y" * 90}">', None),
    ],
)
def test_time_of_publication_is_read_from_markup(markup: str, published: str | None) -> None:
    assert read_page(make_page(body=ARTICLE + markup)).stated_published == published


@pytest.mark.parametrize("address", ["/bridge", "javascript:alert(1)", "data:text/html,x", "https://", ""])
def test_canonical_link_that_is_no_address_is_passed_over(address: str) -> None:
    head = f'<link rel=canonical href="{address}"><meta property="og:url" content="https://daily.example/x">'
    assert read_page(make_page(head)).stated_url == "https://daily.example/x"


def test_what_comments_and_scripts_hold_states_nothing() -> None:
    meta = '<meta name="author" content="Nobody">'
    page = make_page(f"<!-- {meta} --><script>var x = '{meta}'</script><script type=text/x>{meta}</script>")
    assert read_page(page).stated_authors == ()


def test_first_of_two_attributes_of_one_name_holds() -> None:
    assert read_page(make_page('<meta name="author" content="Anna" content="Nobody">')).stated_authors == ("Anna",)


@pytest.mark.parametrize(
    "text",
    [
        make_page(),
        "\ufeff\n<!doctype HTML><p>x",
        "<html><p>x",
        "<!-- saved --><HTML lang=en><body>x",
        '<?xml version="1.0"?><!DOCTYPE html><html xmlns="x"><body/></html>',
        "<div><p>One</p><p>Two</p></div>",
        "<p>One</p>\n<p>Two</p>",
    ],
)
def test_markup_is_told_by_its_content(text: str) -> None:
    assert looks_like_html(text)


@pytest.mark.parametrize(
    "text",
    [
        "The page starts with <!doctype html> and <html>, the teacher said. </p></p>",
        "<3 is a heart, </p></p> is none",
        '<?xml version="1.0"?><rss><channel><item>x</item></channel></rss>',
        "#include <html>\nint main() {}",
        "<b>Breaking:</b> the bridge opens.",
        "a < b and c > d",
        "",
        "<" * 10_000,
        " " * 100_000,
    ],
)
def test_text_that_is_no_page_is_told_from_markup(text: str) -> None:
    assert not looks_like_html(text)


N = 150_000
FLOODS = {
    "attributes": "<p " + " ".join(f"a{i}=1" for i in range(N)) + ">",
    "attributes with signs": "<p " + " ".join(f'a{i}=">"' for i in range(N)) + ">",
    "attributes over many elements": "".join(f"<body a{i}=1>" for i in range(N)),
    "options": "<select>" + "<option>x" * N,
    "nested": "<div>" * N,
    "nested and closed otherwise": "<article></sup>" * N,
    "ruby": "<rt>" * N,
    "formats": "<a><b><i><p></a></b></i>" * N,
    "tables": "<table><tr><td>" * N,
    "quotes": '<p="' * N,
    "meta quotes": '<meta "' * N,
    "scripts": "<script " * N,
    "linked": '<script type="application/ld+json">[' * N,
    "comments": "<!--" * N,
    "headings": "<h1>" * N,
    "entities": "&amp" * N + "&#x1" * N,
    "signs": "<" * N * 4,
    "names": "<meta " + "a" * N * 4,
    "spaces": "<meta " + " =" * N * 2,
}


def test_element_of_xhtml_with_a_name_without_end_is_read_in_little_time() -> None:
    start = perf_counter()
    read_page(f"<?xml version='1.0'?><html><p>One</p><{'a' * N}")
    assert perf_counter() - start < 20


@pytest.mark.parametrize("kind", FLOODS)
def test_page_made_to_keep_a_reader_busy_is_read_in_little_time(kind: str) -> None:
    start = perf_counter()
    read_page(f"<html><body><p>One</p>{FLOODS[kind]}")
    assert perf_counter() - start < 20


@given(st.text(st.sampled_from("<>/!-=\"'& \nabpq\ud800\0;#x1") | st.characters(exclude_categories=[])))
def test_any_text_is_read(text: str) -> None:
    page = read_page(f"<p>{text}")
    assert all(part.isascii() or part.encode() for part in page if isinstance(part, str))


BLOCKS = ["p", "div", "section", "article", "blockquote", "li", "h2", "td", "details", "summary", "figcaption", "form"]
INLINE = ["a", "b", "span", "em", "time", "font", "x-card"]
WORDS = st.recursive(
    st.from_regex(r"[a-zé]{1,6}", fullmatch=True),
    lambda inner: st.tuples(st.sampled_from(BLOCKS + INLINE), st.lists(inner, max_size=4)).map(
        lambda element: f"<{element[0]} class='x'> {' '.join(element[1])} </{element[0]}>"
    ),
)


@given(WORDS)
def test_every_word_of_a_page_is_kept_in_order(body: str) -> None:
    shown = re.sub("<[^>]*>", " ", body).split()
    assert re.findall("[a-zé]+", read_page(make_page(body=body)).text) == shown
    assert strip_markup(body).split() == shown


def test_large_page_is_read_without_a_tree_just_as_well() -> None:
    page = make_page("<title>Bridge</title>", "<h1>Bridge</h1>" + "<p>It <b>opens</b> again.</p>" * 8000)
    assert is_overloaded(page)
    assert read_page(page).text.splitlines()[:3] == ["Bridge", "It opens again.", "It opens again."]
    assert read_page(page).stated_title == "Bridge"
