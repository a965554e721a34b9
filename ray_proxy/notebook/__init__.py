"""At home in IPython: what is shown in terminals and notebooks, and magics."""
