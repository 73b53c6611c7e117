"""The language of documents and paragraphs."""

from copydesk.language.detect import detect_languages, detect_paragraph_languages, prepare_detector

__all__ = ["detect_languages", "detect_paragraph_languages", "prepare_detector"]
