"""What a block's place in its document says of it."""

from copydesk import CleanDocument, clean

BODY = (
    "The council of the island voted late on Monday to close the old harbour for at least two years.\n"
    "Its members had debated the plan for months, and most of the fishermen had spoken against the closure.\n"
)
TITLE = "Island council closes old harbour"


def list_removed(document: CleanDocument) -> dict[str, tuple[str, str]]:
    return {block.text: (block.label, block.reason) for block in document.removed}


def test_headline_above_the_body_is_the_title() -> None:
    assert clean(f"{TITLE}\n{BODY}").title == TITLE


def test_text_that_starts_with_its_lead_has_no_title() -> None:
    assert clean(BODY).title is None


def test_menu_above_the_body_is_no_title() -> None:
    assert clean(f"Home News Sport Culture Weather Contact\n{BODY}").title is None


def test_title_in_a_script_without_spaces_is_found() -> None:
    body = "島の議会は月曜日の夜、古い港を少なくとも二年間閉鎖することを決めた。漁師の多くはこの計画に反対していた。"
    assert clean(f"島の議会が古い港を閉鎖\n{body}\n{body[:20]}続報がある。").title == "島の議会が古い港を閉鎖"


def test_short_line_above_the_title_is_navigation() -> None:
    assert list_removed(clean(f"Island Gazette\n{TITLE}\n{BODY}"))["Island Gazette"][0] == "navigation"


def test_headlines_under_a_trending_heading_are_removed() -> None:
    removed = list_removed(clean(f"{BODY}Trending\n- Five ways to cook an egg\nA storm is on its way"))
    assert removed["- Five ways to cook an egg"] == ("recommendation", "structure.section")
    assert removed["A storm is on its way"] == ("recommendation", "structure.section")


def test_section_ends_where_prose_starts_again() -> None:
    document = clean(f"{BODY}Trending\n- Five ways to cook an egg\n{BODY.replace('Monday', 'Tuesday').splitlines()[0]}")
    assert document.paragraphs[-1].text.startswith("The council of the island voted late on Tuesday")


def test_subheading_after_a_section_is_kept() -> None:
    more = BODY.replace("Monday", "Tuesday").splitlines()[0]
    lines = f"{BODY}Most read\n- Five ways to cook an egg\nWhat happens next\n{more}"
    assert [p.text for p in clean(lines).paragraphs if p.label == "heading"] == ["What happens next"]


def test_title_below_a_menu_section_is_kept() -> None:
    assert clean(f"Trending\nFive ways to cook an egg\n{TITLE}\n{BODY}").title == TITLE


def test_second_copy_of_a_paragraph_is_removed() -> None:
    lead = BODY.splitlines()[0]
    document = clean(
        f"{BODY}Nobody objected to that in the end, although some of the members had left the room.\n{lead}"
    )
    assert [p.text for p in document.paragraphs].count(lead) == 1
    assert document.removed[-1].label == "repeated"


def test_teaser_cut_off_with_dots_is_removed_wherever_it_stands() -> None:
    teaser = BODY[:60] + "..."
    assert list_removed(clean(f"{teaser}\n{BODY}"))[teaser] == ("repeated", "structure.repeat")


def test_glued_repeat_is_reported_as_one_block() -> None:
    glued = "".join(BODY.splitlines())[:-8] + "..."
    assert glued in list_removed(clean(f"{BODY}\n{glued}"))


def test_teaser_of_two_paragraphs_cut_off_with_dots_is_removed_whole() -> None:
    first, second = BODY.splitlines()
    document = clean(f"{TITLE}\n{BODY}The work begins in spring.\n{first}\n{second[:30]}…")
    assert [p.text for p in document.paragraphs] == [first, second, "The work begins in spring."]


def test_lead_cut_off_above_its_body_is_removed_and_the_body_stays_whole() -> None:
    first, second = BODY.splitlines()
    document = clean(f"{TITLE}\n{first}\n{second[:30]}…\n{BODY}The work begins in spring.")
    assert [p.text for p in document.paragraphs] == [first, second, "The work begins in spring."]


def test_teaser_that_ends_inside_the_next_paragraph_is_removed() -> None:
    first, second = BODY.splitlines()
    teaser = f"{first[40:]} {second[:30]} ..."
    assert list_removed(clean(f"{TITLE}\n{BODY}The work begins in spring.\n{teaser}"))[teaser][0] == "repeated"


def test_cut_off_line_that_stands_nowhere_else_is_no_repeat() -> None:
    line = "The mayor of the island said nothing at all about the closure of the old harbour ..."
    assert line not in list_removed(clean(f"{TITLE}\n{BODY}{line}\nThe work begins in spring."))


def test_dots_alone_on_a_line_make_nothing_above_them_a_repeat() -> None:
    document = clean(f"{TITLE}\n{BODY}...\nThe work begins in spring.")
    assert [p.text for p in document.paragraphs][:2] == BODY.splitlines()


def test_short_refrain_is_no_repeat() -> None:
    document = clean(f"{BODY}“No comment.”\n{BODY.replace('Monday', 'Tuesday')}“No comment.”")
    assert [p.text for p in document.paragraphs].count("“No comment.”") == 2


def test_headline_of_a_video_that_cannot_be_shown_is_removed() -> None:
    removed = list_removed(
        clean(f"{BODY}A walk through the old harbour\nPlease enable JavaScript to watch this video.")
    )
    assert removed["A walk through the old harbour"] == ("recommendation", "structure.media_title")


def test_separator_lines_are_removed() -> None:
    assert list_removed(clean(f"{BODY}* * *\n{BODY.replace('Monday', 'Tuesday')}"))["* * *"][0] == "navigation"


def test_short_line_between_paragraphs_is_a_heading() -> None:
    document = clean(f"{BODY}A long quarrel\n{BODY.replace('Monday', 'Tuesday')}")
    assert [p.text for p in document.paragraphs if p.label == "heading"] == ["A long quarrel"]


def test_short_last_line_is_no_heading() -> None:
    assert clean(f"{BODY}And that was that").paragraphs[-1].label == "paragraph"


def test_bulleted_line_in_the_body_is_a_list_item() -> None:
    document = clean(f"{BODY}- the first reason is money\n{BODY.replace('Monday', 'Tuesday')}")
    assert [p.label for p in document.paragraphs][2] == "list_item"


def test_single_word_of_furniture_is_removed_where_there_is_no_body() -> None:
    assert list_removed(clean("Search\nShare"))["Search"][0] == "navigation"


def test_single_word_inside_the_body_may_be_a_heading() -> None:
    document = clean(f"{BODY}Comments\n{BODY.replace('Monday', 'Tuesday')}")
    assert [p.text for p in document.paragraphs if p.label == "heading"] == ["Comments"]
