"""Files that centres export: CSV in three encodings and XLSX, read within limits of size, time and memory."""
