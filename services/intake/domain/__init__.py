"""Pure rules of intake: values in, receipts and facts out. No clock, no database, no broker."""
