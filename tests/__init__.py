"""Tests, one folder per kind; a file lies where the file it proves lies."""
