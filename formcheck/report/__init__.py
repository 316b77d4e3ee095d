"""What people and programs get to read: summaries, tables, the drawn picture, the result folder."""
