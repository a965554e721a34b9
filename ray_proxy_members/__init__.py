"""The types of remote values, for type checkers: see the stub beside this file, which `ray-proxy stubgen` can extend.

At run time there is nothing here.
"""
