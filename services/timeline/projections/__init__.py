"""Questions answered from the journal, one file each."""
