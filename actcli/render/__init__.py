"""Output for people: tables and pages in a terminal, figures in files. It does not know the catalogue."""
