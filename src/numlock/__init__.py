"""numlock holds numpy still and repairs what crashes around it."""
