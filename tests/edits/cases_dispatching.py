"""Edits of implementations under `functools.singledispatch`: see `test_edit_cases.py`."""

from __future__ import annotations

from case import Case, case

CASES: list[Case] = [
    case(
        "singledispatch: an implementation for another type is called for that type only",
        """
        import functools
        @functools.singledispatch
        def s(x): return 'obj'
        @s.register
        def fi(x: int): return 'int'
        """,
        "m.s(1); m.s('a'); m.s([])",
        """
        import functools
        @functools.singledispatch
        def s(x): return 'obj'
        @s.register
        def fi(x: list): return 'list'
        """,
        "(m.s(1), m.s('a'), m.s([])) == ('obj', 'obj', 'list')",
    ),
    case(
        "singledispatch: a further implementation of the same name is called",
        """
        import functools
        @functools.singledispatch
        def s(x): return 'obj'
        @s.register
        def _(x: int): return 'int'
        @s.register
        def _(x: str): return 'str'
        """,
        "m.s(1); m.s('a'); m.s([])",
        """
        import functools
        @functools.singledispatch
        def s(x): return 'obj'
        @s.register
        def _(x: int): return 'int'
        @s.register
        def _(x: str): return 'str'
        @s.register
        def _(x: list): return 'list'
        """,
        "(m.s(1), m.s('a'), m.s([])) == ('int', 'str', 'list')",
    ),
    case(
        "singledispatch: a further implementation between two of the same name is called",
        """
        import functools
        @functools.singledispatch
        def s(x): return 'obj'
        @s.register
        def _(x: int): return 'int'
        @s.register
        def _(x: str): return 'str'
        """,
        "m.s(1); m.s('a'); m.s([])",
        """
        import functools
        @functools.singledispatch
        def s(x): return 'obj'
        @s.register
        def _(x: int): return 'int'
        @s.register
        def _(x: list): return 'list'
        @s.register
        def _(x: str): return 'str'
        """,
        "(m.s(1), m.s('a'), m.s([])) == ('int', 'str', 'list')",
    ),
    case(
        "singledispatch: the first of two of one name goes, and the other stays",
        """
        import functools
        @functools.singledispatch
        def s(x): return 'obj'
        @s.register
        def _(x: int): return 'int'
        @s.register
        def _(x: str): return 'str'
        """,
        "m.s(1); m.s('a'); m.s([])",
        """
        import functools
        @functools.singledispatch
        def s(x): return 'obj'
        @s.register
        def _(x: str): return 'str'
        """,
        "(m.s(1), m.s('a'), m.s([])) == ('obj', 'str', 'obj')",
    ),
    case(
        "singledispatch: an implementation comes back before another of its name",
        """
        import functools
        @functools.singledispatch
        def s(x): return 'obj'
        @s.register
        def _(x: str): return 'str'
        """,
        "m.s(1); m.s('a'); m.s([])",
        """
        import functools
        @functools.singledispatch
        def s(x): return 'obj'
        @s.register
        def _(x: int): return 'int'
        @s.register
        def _(x: str): return 'str'
        """,
        "(m.s(1), m.s('a'), m.s([])) == ('int', 'str', 'obj')",
    ),
    case(
        "singledispatch: an implementation takes the place of another of its name",
        """
        import functools
        @functools.singledispatch
        def s(x): return 'obj'
        @s.register
        def _(x: int): return 'int'
        @s.register
        def _(x: str): return 'str'
        """,
        "m.s(1); m.s('a'); m.s([])",
        """
        import functools
        @functools.singledispatch
        def s(x): return 'obj'
        @s.register
        def _(x: int): return 'int'
        @s.register
        def _(x: list): return 'list'
        """,
        "(m.s(1), m.s('a'), m.s([])) == ('int', 'obj', 'list')",
    ),
    case(
        "singledispatch: all implementations go",
        """
        import functools
        @functools.singledispatch
        def s(x): return 'obj'
        @s.register
        def _(x: int): return 'int'
        @s.register
        def _(x: str): return 'str'
        """,
        "m.s(1); m.s('a'); m.s([])",
        """
        import functools
        @functools.singledispatch
        def s(x): return 'obj'
        """,
        "(m.s(1), m.s('a'), m.s([])) == ('obj', 'obj', 'obj')",
    ),
    case(
        "singledispatch: what was registered otherwise stays",
        """
        import functools
        @functools.singledispatch
        def s(x): return 'obj'
        @s.register
        def fi(x: int): return 'int'
        """,
        "m.s.register(bytes, lambda x: 'bytes')",
        """
        import functools
        @functools.singledispatch
        def s(x): return 'obj'
        @s.register
        def fi(x: list): return 'list'
        """,
        "m.s(b'') == 'bytes' and m.s([]) == 'list'",
    ),
    case(
        "singledispatch: an implementation that hid another goes",
        """
        import functools
        @functools.singledispatch
        def s(x): return 'obj'
        @s.register
        def f(x: int): return 'first'
        @s.register
        def g(x: int): return 'second'
        """,
        "m.s(1); m.s('a'); m.s([])",
        """
        import functools
        @functools.singledispatch
        def s(x): return 'obj'
        @s.register
        def f(x: int): return 'first'
        """,
        "m.s(1) == 'first'",
    ),
    case(
        "singledispatch: the live implementation stays the same object",
        """
        import functools
        @functools.singledispatch
        def s(x): return 'obj'
        @s.register
        def fi(x: int): return 'int'
        """,
        "s['fi'] = m.fi",
        """
        import functools
        @functools.singledispatch
        def s(x): return 'obj'
        @s.register
        def fi(x: list): return 'list'
        """,
        "m.fi is s['fi'] is m.s.dispatch(list)",
    ),
    case(
        "singledispatch: an implementation goes from a dispatching function of another module, whose own stay",
        {
            "lib": """
            import functools
            @functools.singledispatch
            def s(x): return 'obj'
            @s.register
            def _(x: bytes): return 'bytes'
            """,
            "m": """
            import $_lib as lib
            @lib.s.register(int)
            @lib.s.register(float)
            def _(x): return 'number'
            @lib.s.register
            def _(x: str): return 'str'
            """,
        },
        "s['s'] = module('lib').s",
        {
            "m": """
            import $_lib as lib
            @lib.s.register(float)
            def _(x): return 'number'
            @lib.s.register
            def _(x: str): return 'str'
            """
        },
        "[s['s'](v) for v in (1, 1.5, 'a', b'')] == ['obj', 'number', 'str', 'bytes']",
    ),
]
