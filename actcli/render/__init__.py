"""What people look at: tables and pages in a terminal, pictures in files. It knows no catalogue."""
