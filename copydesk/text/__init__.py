"""Text logic: folding, cutting into blocks, normalising paragraphs. Knows no files and no Prefect."""
