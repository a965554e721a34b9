"""Values: how they travel. What a pickle loses, sets up twice or cannot hold; operands (`codec`)."""
