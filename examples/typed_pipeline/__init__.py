"""A small application over remote objects, written with `Var[torch.Tensor]`, `Var[Model]` and the like."""
