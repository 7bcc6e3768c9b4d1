"""Contact files and telephone numbers: what people upload, turned into contacts or into reasons why not."""
