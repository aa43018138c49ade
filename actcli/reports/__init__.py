"""Reports on kernels in words: as a page, JSON, CSV and Markdown."""
