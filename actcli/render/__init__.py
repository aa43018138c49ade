"""What people look at: tables and pages in the terminal, figures in files. Nothing here knows the catalogue."""
