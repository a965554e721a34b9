# Written by `ray-proxy stubgen`; do not edit. Types of remote values: see docs/typing.md of Ray-Proxy.
# mypy: ignore-errors
# pyright: basic, reportGeneralTypeIssues=false, reportInvalidTypeVarUse=false, reportOverlappingOverload=false
# pyright: reportInconsistentOverload=false, reportIncompatibleMethodOverride=false, reportSelfClsParameterName=false
# pyright: reportPrivateUsage=false, reportPrivateImportUsage=false, reportInvalidTypeArguments=false
# pyright: reportIncompatibleVariableOverride=false, reportInvalidTypeForm=false, reportAttributeAccessIssue=false
# pyright: reportUnhashable=false, reportMissingTypeArgs=false, reportDeprecated=false
# pyrefly: ignore-errors
# ty: ignore
# ruff: noqa

from collections.abc import Awaitable
from typing import Any, Callable, Concatenate, Generic, Literal, ParamSpec, Protocol, TypeVar, overload
from typing_extensions import Never, TypeAlias, TypeVarTuple, Unpack

import _collections_abc
import _typeshed
import builtins
import concurrent.futures as concurrent_futures
import types
import typing
import typing_extensions

from ray_proxy.var import Var

_A = TypeVar('_A')
_A0 = TypeVar('_A0')
_A1 = TypeVar('_A1')
_A2 = TypeVar('_A2')
_A3 = TypeVar('_A3')
_A4 = TypeVar('_A4')
_A_contra = TypeVar('_A_contra', contravariant=True)
_AnyMutableMapping = TypeVar('_AnyMutableMapping', bound=typing.MutableMapping[Any, Any])
_Anylist = TypeVar('_Anylist', bound=list[Any])
_B = TypeVar('_B')
_B_contra = TypeVar('_B_contra', contravariant=True)
_I = TypeVar('_I')
_K = TypeVar('_K')
_KT = TypeVar('_KT')
_KT2 = TypeVar('_KT2', bound=str)
_KT_co = TypeVar('_KT_co')
_L = TypeVar('_L', bound=_Local)
_M = TypeVar('_M', bound=_Local)
_Obj = TypeVar('_Obj')
_Of_co = TypeVar('_Of_co', covariant=True)
_P = ParamSpec('_P')
_R = TypeVar('_R')
_R_co = TypeVar('_R_co', covariant=True)
_Receiver_co = TypeVar('_Receiver_co', covariant=True)
_S = TypeVar('_S')
_Selfbytearray = TypeVar('_Selfbytearray', bound=bytearray)
_Selfbytes = TypeVar('_Selfbytes', bound=bytes)
_Selffloat = TypeVar('_Selffloat', bound=float)
_Selfint = TypeVar('_Selfint', bound=int)
_StartT_co = TypeVar('_StartT_co')
_StepT_co = TypeVar('_StepT_co')
_StopT_co = TypeVar('_StopT_co')
_SupportsRichComparisonT = TypeVar('_SupportsRichComparisonT', bound=_typeshed.SupportsDunderLT[Any] | _typeshed.SupportsDunderGT[Any])
_T = TypeVar('_T')
_T1 = TypeVar('_T1')
_T2 = TypeVar('_T2')
_T3 = TypeVar('_T3')
_T4 = TypeVar('_T4')
_T5 = TypeVar('_T5')
_T_co = TypeVar('_T_co')
_VT = TypeVar('_VT')
_VT_co = TypeVar('_VT_co')

_Type1: TypeAlias = Literal[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25]
_Type2: TypeAlias = Literal[-1, -2, -3, -4, -5, -6, -7, -8, -9, -10, -11, -12, -13, -14, -15, -16, -17, -18, -19, -20]
_Type3: TypeAlias = typing.Iterable[_SupportsIndex | Var[_SupportsIndex]] | _SupportsBytes | typing_extensions.Buffer
_Type4: TypeAlias = typing.Iterable[_SupportsIndex] | _SupportsBytes | typing_extensions.Buffer
_Type5: TypeAlias = str | typing_extensions.Buffer | _SupportsInt | _SupportsIndex | _SupportsTrunc
_Type6: TypeAlias = str | typing_extensions.Buffer | _SupportsFloat | _SupportsIndex
_Type7: TypeAlias = complex | _SupportsComplex | _SupportsFloat | _SupportsIndex
_Type8: TypeAlias = str | _SupportsComplex | _SupportsFloat | _SupportsIndex | complex
_Type9: TypeAlias = _SupportsIndex | slice[_SupportsIndex | Var[_SupportsIndex | None] | None, _SupportsIndex | Var[_SupportsIndex | None] | None, _SupportsIndex | Var[_SupportsIndex | None] | None]
_Type10: TypeAlias = _SupportsIndex | slice[_SupportsIndex | None, _SupportsIndex | None, _SupportsIndex | None]
_Type11: TypeAlias = slice[_SupportsIndex | Var[_SupportsIndex | None] | None, _SupportsIndex | Var[_SupportsIndex | None] | None, _SupportsIndex | Var[_SupportsIndex | None] | None]
_Type12: TypeAlias = slice[_SupportsIndex | None, _SupportsIndex | None, _SupportsIndex | None]
_Type13: TypeAlias = typing_extensions.Buffer | tuple[typing_extensions.Buffer | Var[typing_extensions.Buffer], ...]
_Type14: TypeAlias = typing_extensions.Buffer | tuple[typing_extensions.Buffer, ...]
_Type15: TypeAlias = typing.Iterable[typing_extensions.Buffer | Var[typing_extensions.Buffer]]
_Type16: TypeAlias = typing.Iterable[_SupportsIndex | Var[_SupportsIndex]] | _SupportsIndex | _SupportsBytes | typing_extensions.Buffer
_Type17: TypeAlias = typing.Iterable[_SupportsIndex] | _SupportsIndex | _SupportsBytes | typing_extensions.Buffer
_Type18: TypeAlias = typing.Iterable[_SupportsIndex | Var[_SupportsIndex]] | bytes
_Type19: TypeAlias = typing.Iterable[_SupportsIndex | Var[_SupportsIndex]]
_Type20: TypeAlias = typing.Iterable[_SupportsIndex | Var[_SupportsIndex]] | _SupportsIndex | typing_extensions.Buffer
_Type21: TypeAlias = typing.Iterable[_SupportsIndex] | _SupportsIndex | typing_extensions.Buffer
_Type22: TypeAlias = _SupportsIndex | tuple[_SupportsIndex | Var[_SupportsIndex], ...]
_Type23: TypeAlias = _List[int | Var[int]] | tuple[int | Var[int], ...]
_Type24: TypeAlias = Literal['b', 'B', '@b', '@B', 'h', 'H', '@h', '@H', 'i', 'I', '@i', '@I', 'l', 'L', '@l', '@L', 'q', 'Q', '@q', '@Q', 'P', '@P']
_Type25: TypeAlias = typing.Iterable[_List[str | Var[str]] | Var[list[str]]]
_Type26: TypeAlias = typing.Iterable[_List[bytes | Var[bytes]] | Var[list[bytes]]]
_Type27: TypeAlias = slice[int | Var[int | None] | None, int | Var[int | None] | None, int | Var[int | None] | None]

def _gives(result: Callable[..., _R]) -> Callable[[Callable[_P, Any]], Callable[_P, Var[_R]]]: ...

class int_as_integer_ratio(Var[Callable[..., Any]]):
    def __call__(self) -> Var[tuple[int, Literal[1]]]:
        """Return integer ratio.

        Return a pair of integers, whose ratio is exactly equal to the original int
        and with a positive denominator.

        >>> (10).as_integer_ratio()
        (10, 1)
        >>> (-10).as_integer_ratio()
        (-10, 1)
        >>> (0).as_integer_ratio()
        (0, 1)
        """

class int_bit_count(Var[Callable[..., Any]]):
    def __call__(self) -> Var[int]:
        """Number of ones in the binary representation of the absolute value of self.

        Also known as the population count.

        >>> bin(13)
        '0b1101'
        >>> (13).bit_count()
        3
        """

class int_bit_length(Var[Callable[..., Any]]):
    def __call__(self) -> Var[int]:
        """Number of bits necessary to represent self in binary.

        >>> bin(37)
        '0b100101'
        >>> (37).bit_length()
        6
        """

class int_conjugate(Var[Callable[..., Any]]):
    def __call__(self) -> Var[int]:
        """Returns self, the complex conjugate of any int."""

class int_from_bytes(Var[Callable[..., Any]], Generic[_Selfint]):
    def __call__(
        self,
        bytes: Var[_Type4] | _Type3,
        byteorder: Literal['little', 'big'] | Var[Literal['little', 'big']] = 'big',
        *,
        signed: bool | Var[bool] = False,
    ) -> Var[_Selfint]:
        """Return the integer represented by the given array of bytes.

        bytes
          Holds the array of bytes to convert.  The argument must either
          support the buffer protocol or be an iterable object producing bytes.
          Bytes and bytearray are examples of built-in objects that support the
          buffer protocol.
        byteorder
          The byte order used to represent the integer.  If byteorder is 'big',
          the most significant byte is at the beginning of the byte array.  If
          byteorder is 'little', the most significant byte is at the end of the
        …
        """

class int_to_bytes(Var[Callable[..., Any]]):
    def __call__(
        self,
        length: Var[_SupportsIndex] | _SupportsIndex = 1,
        byteorder: Literal['little', 'big'] | Var[Literal['little', 'big']] = 'big',
        *,
        signed: bool | Var[bool] = False,
    ) -> Var[bytes]:
        """Return an array of bytes representing an integer.

        length
          Length of bytes object to use.  An OverflowError is raised if the
          integer is not representable with the given number of bytes.  Default
          is length 1.
        byteorder
          The byte order used to represent the integer.  If byteorder is 'big',
          the most significant byte is at the beginning of the byte array.  If
          byteorder is 'little', the most significant byte is at the end of the
          byte array.  To request the native byte order of the host system, use
        …
        """

class float_as_integer_ratio(Var[Callable[..., Any]]):
    def __call__(self) -> Var[tuple[int, int]]:
        """Return integer ratio.

        Return a pair of integers, whose ratio is exactly equal to the original float
        and with a positive denominator.

        Raise OverflowError on infinities and a ValueError on NaNs.

        >>> (10.0).as_integer_ratio()
        (10, 1)
        >>> (0.0).as_integer_ratio()
        (0, 1)
        …
        """

class float_conjugate(Var[Callable[..., Any]]):
    def __call__(self) -> Var[float]:
        """Return self, the complex conjugate of any float."""

class float_fromhex(Var[Callable[..., Any]], Generic[_Selffloat]):
    def __call__(self, string: str | Var[str], /) -> Var[_Selffloat]:
        """Create a floating-point number from a hexadecimal string.

        >>> float.fromhex('0x1.ffffp10')
        2047.984375
        >>> float.fromhex('-0x1p-1074')
        -5e-324
        """

class float_hex(Var[Callable[..., Any]]):
    def __call__(self) -> Var[str]:
        """Return a hexadecimal representation of a floating-point number.

        >>> (-0.1).hex()
        '-0x1.999999999999ap-4'
        >>> 3.14159.hex()
        '0x1.921f9f01b866ep+1'
        """

class float_is_integer(Var[Callable[..., Any]]):
    def __call__(self) -> Var[bool]:
        """Return True if the float is an integer."""

class complex_conjugate(Var[Callable[..., Any]]):
    def __call__(self) -> Var[complex]:
        """Return the complex conjugate of its argument. (3-4j).conjugate() == 3+4j."""

class str_capitalize(Var[Callable[..., Any]]):
    def __call__(self) -> Var[str]:
        """Return a capitalized version of the string.

        More specifically, make the first character have upper case and the rest lower
        case.
        """

class str_casefold(Var[Callable[..., Any]]):
    def __call__(self) -> Var[str]:
        """Return a version of the string suitable for caseless comparisons."""

class str_center(Var[Callable[..., Any]]):
    def __call__(
        self,
        width: Var[_SupportsIndex] | _SupportsIndex,
        fillchar: str | Var[str] = ' ',
        /,
    ) -> Var[str]:
        """Return a centered string of length width.

        Padding is done using the specified fill character (default is a space).
        """

class str_count(Var[Callable[..., Any]]):
    def __call__(
        self,
        sub: str | Var[str],
        start: Var[_SupportsIndex | None] | _SupportsIndex | None = None,
        end: Var[_SupportsIndex | None] | _SupportsIndex | None = None,
        /,
    ) -> Var[int]:
        """S.count(sub[, start[, end]]) -> int

        Return the number of non-overlapping occurrences of substring sub in
        string S[start:end].  Optional arguments start and end are
        interpreted as in slice notation.
        """

class str_encode(Var[Callable[..., Any]]):
    def __call__(
        self,
        encoding: str | Var[str] = 'utf-8',
        errors: str | Var[str] = 'strict',
    ) -> Var[bytes]:
        """Encode the string using the codec registered for encoding.

        encoding
          The encoding in which to encode the string.
        errors
          The error handling scheme to use for encoding errors.
          The default is 'strict' meaning that encoding errors raise a
          UnicodeEncodeError.  Other possible values are 'ignore', 'replace' and
          'xmlcharrefreplace' as well as any other name registered with
          codecs.register_error that can handle UnicodeEncodeErrors.
        """

class str_endswith(Var[Callable[..., Any]]):
    def __call__(
        self,
        suffix: str | tuple[str | Var[str], ...] | Var[str | tuple[str, ...]],
        start: Var[_SupportsIndex | None] | _SupportsIndex | None = None,
        end: Var[_SupportsIndex | None] | _SupportsIndex | None = None,
        /,
    ) -> Var[bool]:
        """S.endswith(suffix[, start[, end]]) -> bool

        Return True if S ends with the specified suffix, False otherwise.
        With optional start, test S beginning at that position.
        With optional end, stop comparing S at that position.
        suffix can also be a tuple of strings to try.
        """

class str_expandtabs(Var[Callable[..., Any]]):
    def __call__(self, tabsize: Var[_SupportsIndex] | _SupportsIndex = 8) -> Var[str]:
        """Return a copy where all tab characters are expanded using spaces.

        If tabsize is not given, a tab size of 8 characters is assumed.
        """

class str_find(Var[Callable[..., Any]]):
    def __call__(
        self,
        sub: str | Var[str],
        start: Var[_SupportsIndex | None] | _SupportsIndex | None = None,
        end: Var[_SupportsIndex | None] | _SupportsIndex | None = None,
        /,
    ) -> Var[int]:
        """S.find(sub[, start[, end]]) -> int

        Return the lowest index in S where substring sub is found,
        such that sub is contained within S[start:end].  Optional
        arguments start and end are interpreted as in slice notation.

        Return -1 on failure.
        """

class str_format(Var[Callable[..., Any]]):
    def __call__(self, *args: object, **kwargs: object) -> Var[str]:
        """S.format(*args, **kwargs) -> str

        Return a formatted version of S, using substitutions from args and kwargs.
        The substitutions are identified by braces ('{' and '}').
        """

class str_format_map(Var[Callable[..., Any]]):
    def __call__(
        self,
        mapping: Var[builtins._FormatMapMapping] | builtins._FormatMapMapping,
        /,
    ) -> Var[str]:
        """S.format_map(mapping) -> str

        Return a formatted version of S, using substitutions from mapping.
        The substitutions are identified by braces ('{' and '}').
        """

class str_index(Var[Callable[..., Any]]):
    def __call__(
        self,
        sub: str | Var[str],
        start: Var[_SupportsIndex | None] | _SupportsIndex | None = None,
        end: Var[_SupportsIndex | None] | _SupportsIndex | None = None,
        /,
    ) -> Var[int]:
        """S.index(sub[, start[, end]]) -> int

        Return the lowest index in S where substring sub is found,
        such that sub is contained within S[start:end].  Optional
        arguments start and end are interpreted as in slice notation.

        Raises ValueError when the substring is not found.
        """

class str_isalnum(Var[Callable[..., Any]]):
    def __call__(self) -> Var[bool]:
        """Return True if the string is an alpha-numeric string, False otherwise.

        A string is alpha-numeric if all characters in the string are alpha-numeric and
        there is at least one character in the string.
        """

class str_isalpha(Var[Callable[..., Any]]):
    def __call__(self) -> Var[bool]:
        """Return True if the string is an alphabetic string, False otherwise.

        A string is alphabetic if all characters in the string are alphabetic and there
        is at least one character in the string.
        """

class str_isascii(Var[Callable[..., Any]]):
    def __call__(self) -> Var[bool]:
        """Return True if all characters in the string are ASCII, False otherwise.

        ASCII characters have code points in the range U+0000-U+007F.
        Empty string is ASCII too.
        """

class str_isdecimal(Var[Callable[..., Any]]):
    def __call__(self) -> Var[bool]:
        """Return True if the string is a decimal string, False otherwise.

        A string is a decimal string if all characters in the string are decimal and
        there is at least one character in the string.
        """

class str_isdigit(Var[Callable[..., Any]]):
    def __call__(self) -> Var[bool]:
        """Return True if the string is a digit string, False otherwise.

        A string is a digit string if all characters in the string are digits and there
        is at least one character in the string.
        """

class str_isidentifier(Var[Callable[..., Any]]):
    def __call__(self) -> Var[bool]:
        """Return True if the string is a valid Python identifier, False otherwise.

        Call keyword.iskeyword(s) to test whether string s is a reserved identifier,
        such as "def" or "class".
        """

class str_islower(Var[Callable[..., Any]]):
    def __call__(self) -> Var[bool]:
        """Return True if the string is a lowercase string, False otherwise.

        A string is lowercase if all cased characters in the string are lowercase and
        there is at least one cased character in the string.
        """

class str_isnumeric(Var[Callable[..., Any]]):
    def __call__(self) -> Var[bool]:
        """Return True if the string is a numeric string, False otherwise.

        A string is numeric if all characters in the string are numeric and there is at
        least one character in the string.
        """

class str_isprintable(Var[Callable[..., Any]]):
    def __call__(self) -> Var[bool]:
        """Return True if the string is printable, False otherwise.

        A string is printable if all of its characters are considered printable in
        repr() or if it is empty.
        """

class str_isspace(Var[Callable[..., Any]]):
    def __call__(self) -> Var[bool]:
        """Return True if the string is a whitespace string, False otherwise.

        A string is whitespace if all characters in the string are whitespace and there
        is at least one character in the string.
        """

class str_istitle(Var[Callable[..., Any]]):
    def __call__(self) -> Var[bool]:
        """Return True if the string is a title-cased string, False otherwise.

        In a title-cased string, upper- and title-case characters may only
        follow uncased characters and lowercase characters only cased ones.
        """

class str_isupper(Var[Callable[..., Any]]):
    def __call__(self) -> Var[bool]:
        """Return True if the string is an uppercase string, False otherwise.

        A string is uppercase if all cased characters in the string are uppercase and
        there is at least one cased character in the string.
        """

class str_join(Var[Callable[..., Any]]):
    def __call__(
        self,
        iterable: Var[typing.Iterable[str]] | typing.Iterable[str | Var[str]],
        /,
    ) -> Var[str]:
        """Concatenate any number of strings.

        The string whose method is called is inserted in between each given string.
        The result is returned as a new string.

        Example: '.'.join(['ab', 'pq', 'rs']) -> 'ab.pq.rs'
        """

class str_ljust(Var[Callable[..., Any]]):
    def __call__(
        self,
        width: Var[_SupportsIndex] | _SupportsIndex,
        fillchar: str | Var[str] = ' ',
        /,
    ) -> Var[str]:
        """Return a left-justified string of length width.

        Padding is done using the specified fill character (default is a space).
        """

class str_lower(Var[Callable[..., Any]]):
    def __call__(self) -> Var[str]:
        """Return a copy of the string converted to lowercase."""

class str_lstrip(Var[Callable[..., Any]]):
    def __call__(self, chars: str | None | Var[str | None] = None, /) -> Var[str]:
        """Return a copy of the string with leading whitespace removed.

        If chars is given and not None, remove characters in chars instead.
        """

class str_maketrans(Var[Callable[..., Any]]):
    @overload
    def __call__(
        self,
        x: Var[dict[int, _T] | dict[str, _T] | dict[str | int, _T]],
        /,
    ) -> Var[dict[int, _T]]:
        """staticmethod(function) -> method

        Convert a function to be a static method.

        A static method does not receive an implicit first argument.
        To declare a static method, use this idiom:

             class C:
                 @staticmethod
                 def f(arg1, arg2, argN):
                     ...
        …
        """
    @overload
    def __call__(
        self,
        x: _Dict[int, Var[_T]] | _Dict[str, Var[_T]] | _Dict[str | int, Var[_T]],
        /,
    ) -> Var[dict[int, _T]]: ...
    @overload
    def __call__(
        self,
        x: dict[int, _T] | dict[str, _T] | dict[str | int, _T],
        /,
    ) -> Var[dict[int, _T]]: ...
    @overload
    def __call__(self, x: str | Var[str], y: str | Var[str], /) -> Var[dict[int, int]]: ...
    @overload
    def __call__(
        self,
        x: str | Var[str],
        y: str | Var[str],
        z: str | Var[str],
        /,
    ) -> Var[dict[int, int | None]]: ...

class str_partition(Var[Callable[..., Any]]):
    def __call__(self, sep: str | Var[str], /) -> Var[tuple[str, str, str]]:
        """Partition the string into three parts using the given separator.

        This will search for the separator in the string.  If the separator is found,
        returns a 3-tuple containing the part before the separator, the separator
        itself, and the part after it.

        If the separator is not found, returns a 3-tuple containing the original string
        and two empty strings.
        """

class str_removeprefix(Var[Callable[..., Any]]):
    def __call__(self, prefix: str | Var[str], /) -> Var[str]:
        """Return a str with the given prefix string removed if present.

        If the string starts with the prefix string, return string[len(prefix):].
        Otherwise, return a copy of the original string.
        """

class str_removesuffix(Var[Callable[..., Any]]):
    def __call__(self, suffix: str | Var[str], /) -> Var[str]:
        """Return a str with the given suffix string removed if present.

        If the string ends with the suffix string and that suffix is not empty,
        return string[:-len(suffix)]. Otherwise, return a copy of the original
        string.
        """

class str_replace(Var[Callable[..., Any]]):
    def __call__(
        self,
        old: str | Var[str],
        new: str | Var[str],
        count: Var[_SupportsIndex] | _SupportsIndex = -1,
        /,
    ) -> Var[str]:
        """Return a copy with all occurrences of substring old replaced by new.

          count
            Maximum number of occurrences to replace.
            -1 (the default value) means replace all occurrences.

        If the optional argument count is given, only the first count occurrences are
        replaced.
        """

class str_rfind(Var[Callable[..., Any]]):
    def __call__(
        self,
        sub: str | Var[str],
        start: Var[_SupportsIndex | None] | _SupportsIndex | None = None,
        end: Var[_SupportsIndex | None] | _SupportsIndex | None = None,
        /,
    ) -> Var[int]:
        """S.rfind(sub[, start[, end]]) -> int

        Return the highest index in S where substring sub is found,
        such that sub is contained within S[start:end].  Optional
        arguments start and end are interpreted as in slice notation.

        Return -1 on failure.
        """

class str_rindex(Var[Callable[..., Any]]):
    def __call__(
        self,
        sub: str | Var[str],
        start: Var[_SupportsIndex | None] | _SupportsIndex | None = None,
        end: Var[_SupportsIndex | None] | _SupportsIndex | None = None,
        /,
    ) -> Var[int]:
        """S.rindex(sub[, start[, end]]) -> int

        Return the highest index in S where substring sub is found,
        such that sub is contained within S[start:end].  Optional
        arguments start and end are interpreted as in slice notation.

        Raises ValueError when the substring is not found.
        """

class str_rjust(Var[Callable[..., Any]]):
    def __call__(
        self,
        width: Var[_SupportsIndex] | _SupportsIndex,
        fillchar: str | Var[str] = ' ',
        /,
    ) -> Var[str]:
        """Return a right-justified string of length width.

        Padding is done using the specified fill character (default is a space).
        """

class str_rpartition(Var[Callable[..., Any]]):
    def __call__(self, sep: str | Var[str], /) -> Var[tuple[str, str, str]]:
        """Partition the string into three parts using the given separator.

        This will search for the separator in the string, starting at the end. If
        the separator is found, returns a 3-tuple containing the part before the
        separator, the separator itself, and the part after it.

        If the separator is not found, returns a 3-tuple containing two empty strings
        and the original string.
        """

class str_rsplit(Var[Callable[..., Any]]):
    def __call__(
        self,
        sep: str | None | Var[str | None] = None,
        maxsplit: Var[_SupportsIndex] | _SupportsIndex = -1,
    ) -> Var[list[str]]:
        """Return a list of the substrings in the string, using sep as the separator string.

          sep
            The separator used to split the string.

            When set to None (the default value), will split on any whitespace
            character (including \\n \\r \\t \\f and spaces) and will discard
            empty strings from the result.
          maxsplit
            Maximum number of splits (starting from the left).
            -1 (the default value) means no limit.
        …
        """

class str_rstrip(Var[Callable[..., Any]]):
    def __call__(self, chars: str | None | Var[str | None] = None, /) -> Var[str]:
        """Return a copy of the string with trailing whitespace removed.

        If chars is given and not None, remove characters in chars instead.
        """

class str_split(Var[Callable[..., Any]]):
    def __call__(
        self,
        sep: str | None | Var[str | None] = None,
        maxsplit: Var[_SupportsIndex] | _SupportsIndex = -1,
    ) -> Var[list[str]]:
        """Return a list of the substrings in the string, using sep as the separator string.

          sep
            The separator used to split the string.

            When set to None (the default value), will split on any whitespace
            character (including \\n \\r \\t \\f and spaces) and will discard
            empty strings from the result.
          maxsplit
            Maximum number of splits (starting from the left).
            -1 (the default value) means no limit.
        …
        """

class str_splitlines(Var[Callable[..., Any]]):
    def __call__(self, keepends: bool | Var[bool] = False) -> Var[list[str]]:
        """Return a list of the lines in the string, breaking at line boundaries.

        Line breaks are not included in the resulting list unless keepends is given and
        true.
        """

class str_startswith(Var[Callable[..., Any]]):
    def __call__(
        self,
        prefix: str | tuple[str | Var[str], ...] | Var[str | tuple[str, ...]],
        start: Var[_SupportsIndex | None] | _SupportsIndex | None = None,
        end: Var[_SupportsIndex | None] | _SupportsIndex | None = None,
        /,
    ) -> Var[bool]:
        """S.startswith(prefix[, start[, end]]) -> bool

        Return True if S starts with the specified prefix, False otherwise.
        With optional start, test S beginning at that position.
        With optional end, stop comparing S at that position.
        prefix can also be a tuple of strings to try.
        """

class str_strip(Var[Callable[..., Any]]):
    def __call__(self, chars: str | None | Var[str | None] = None, /) -> Var[str]:
        """Return a copy of the string with leading and trailing whitespace removed.

        If chars is given and not None, remove characters in chars instead.
        """

class str_swapcase(Var[Callable[..., Any]]):
    def __call__(self) -> Var[str]:
        """Convert uppercase characters to lowercase and lowercase characters to uppercase."""

class str_title(Var[Callable[..., Any]]):
    def __call__(self) -> Var[str]:
        """Return a version of the string where each word is titlecased.

        More specifically, words start with uppercased characters and all remaining
        cased characters have lower case.
        """

class str_translate(Var[Callable[..., Any]]):
    def __call__(
        self,
        table: Var[builtins._TranslateTable] | builtins._TranslateTable,
        /,
    ) -> Var[str]:
        """Replace each character in the string using the given translation table.

          table
            Translation table, which must be a mapping of Unicode ordinals to
            Unicode ordinals, strings, or None.

        The table must implement lookup/indexing via __getitem__, for instance a
        dictionary or list.  If this operation raises LookupError, the character is
        left untouched.  Characters mapped to None are deleted.
        """

class str_upper(Var[Callable[..., Any]]):
    def __call__(self) -> Var[str]:
        """Return a copy of the string converted to uppercase."""

class str_zfill(Var[Callable[..., Any]]):
    def __call__(self, width: Var[_SupportsIndex] | _SupportsIndex, /) -> Var[str]:
        """Pad a numeric string with zeros on the left, to fill a field of the given width.

        The string is never truncated.
        """

class bytes_capitalize(Var[Callable[..., Any]]):
    def __call__(self) -> Var[bytes]:
        """B.capitalize() -> copy of B

        Return a copy of B with only its first character capitalized (ASCII)
        and the rest lower-cased.
        """

class bytes_center(Var[Callable[..., Any]]):
    def __call__(
        self,
        width: Var[_SupportsIndex] | _SupportsIndex,
        fillchar: bytes | Var[bytes] = b' ',
        /,
    ) -> Var[bytes]:
        """Return a centered string of length width.

        Padding is done using the specified fill character.
        """

class bytes_count(Var[Callable[..., Any]]):
    def __call__(
        self,
        sub: Var[typing_extensions.Buffer | _SupportsIndex] | typing_extensions.Buffer | _SupportsIndex,
        start: Var[_SupportsIndex | None] | _SupportsIndex | None = None,
        end: Var[_SupportsIndex | None] | _SupportsIndex | None = None,
        /,
    ) -> Var[int]:
        """B.count(sub[, start[, end]]) -> int

        Return the number of non-overlapping occurrences of subsection sub in
        bytes B[start:end].  Optional arguments start and end are interpreted
        as in slice notation.
        """

class bytes_decode(Var[Callable[..., Any]]):
    def __call__(
        self,
        encoding: str | Var[str] = 'utf-8',
        errors: str | Var[str] = 'strict',
    ) -> Var[str]:
        """Decode the bytes using the codec registered for encoding.

        encoding
          The encoding with which to decode the bytes.
        errors
          The error handling scheme to use for the handling of decoding errors.
          The default is 'strict' meaning that decoding errors raise a
          UnicodeDecodeError. Other possible values are 'ignore' and 'replace'
          as well as any other name registered with codecs.register_error that
          can handle UnicodeDecodeErrors.
        """

class bytes_endswith(Var[Callable[..., Any]]):
    def __call__(
        self,
        suffix: Var[_Type14] | _Type13,
        start: Var[_SupportsIndex | None] | _SupportsIndex | None = None,
        end: Var[_SupportsIndex | None] | _SupportsIndex | None = None,
        /,
    ) -> Var[bool]:
        """B.endswith(suffix[, start[, end]]) -> bool

        Return True if B ends with the specified suffix, False otherwise.
        With optional start, test B beginning at that position.
        With optional end, stop comparing B at that position.
        suffix can also be a tuple of bytes to try.
        """

class bytes_expandtabs(Var[Callable[..., Any]]):
    def __call__(self, tabsize: Var[_SupportsIndex] | _SupportsIndex = 8) -> Var[bytes]:
        """Return a copy where all tab characters are expanded using spaces.

        If tabsize is not given, a tab size of 8 characters is assumed.
        """

class bytes_find(Var[Callable[..., Any]]):
    def __call__(
        self,
        sub: Var[typing_extensions.Buffer | _SupportsIndex] | typing_extensions.Buffer | _SupportsIndex,
        start: Var[_SupportsIndex | None] | _SupportsIndex | None = None,
        end: Var[_SupportsIndex | None] | _SupportsIndex | None = None,
        /,
    ) -> Var[int]:
        """B.find(sub[, start[, end]]) -> int

        Return the lowest index in B where subsection sub is found,
        such that sub is contained within B[start,end].  Optional
        arguments start and end are interpreted as in slice notation.

        Return -1 on failure.
        """

class bytes_fromhex(Var[Callable[..., Any]], Generic[_Selfbytes]):
    def __call__(self, string: str | Var[str], /) -> Var[_Selfbytes]:
        """Create a bytes object from a string of hexadecimal numbers.

        Spaces between two numbers are accepted.
        Example: bytes.fromhex('B9 01EF') -> b'\\\\xb9\\\\x01\\\\xef'.
        """

class bytes_hex(Var[Callable[..., Any]]):
    def __call__(
        self,
        sep: str | bytes | Var[str | bytes] = ...,
        bytes_per_sep: Var[_SupportsIndex] | _SupportsIndex = 1,
    ) -> Var[str]:
        """Create a string of hexadecimal numbers from a bytes object.

          sep
            An optional single character or byte to separate hex bytes.
          bytes_per_sep
            How many bytes between separators.  Positive values count from the
            right, negative values count from the left.

        Example:
        >>> value = b'\\xb9\\x01\\xef'
        >>> value.hex()
        …
        """

class bytes_index(Var[Callable[..., Any]]):
    def __call__(
        self,
        sub: Var[typing_extensions.Buffer | _SupportsIndex] | typing_extensions.Buffer | _SupportsIndex,
        start: Var[_SupportsIndex | None] | _SupportsIndex | None = None,
        end: Var[_SupportsIndex | None] | _SupportsIndex | None = None,
        /,
    ) -> Var[int]:
        """B.index(sub[, start[, end]]) -> int

        Return the lowest index in B where subsection sub is found,
        such that sub is contained within B[start,end].  Optional
        arguments start and end are interpreted as in slice notation.

        Raises ValueError when the subsection is not found.
        """

class bytes_isalnum(Var[Callable[..., Any]]):
    def __call__(self) -> Var[bool]:
        """B.isalnum() -> bool

        Return True if all characters in B are alphanumeric
        and there is at least one character in B, False otherwise.
        """

class bytes_isalpha(Var[Callable[..., Any]]):
    def __call__(self) -> Var[bool]:
        """B.isalpha() -> bool

        Return True if all characters in B are alphabetic
        and there is at least one character in B, False otherwise.
        """

class bytes_isascii(Var[Callable[..., Any]]):
    def __call__(self) -> Var[bool]:
        """B.isascii() -> bool

        Return True if B is empty or all characters in B are ASCII,
        False otherwise.
        """

class bytes_isdigit(Var[Callable[..., Any]]):
    def __call__(self) -> Var[bool]:
        """B.isdigit() -> bool

        Return True if all characters in B are digits
        and there is at least one character in B, False otherwise.
        """

class bytes_islower(Var[Callable[..., Any]]):
    def __call__(self) -> Var[bool]:
        """B.islower() -> bool

        Return True if all cased characters in B are lowercase and there is
        at least one cased character in B, False otherwise.
        """

class bytes_isspace(Var[Callable[..., Any]]):
    def __call__(self) -> Var[bool]:
        """B.isspace() -> bool

        Return True if all characters in B are whitespace
        and there is at least one character in B, False otherwise.
        """

class bytes_istitle(Var[Callable[..., Any]]):
    def __call__(self) -> Var[bool]:
        """B.istitle() -> bool

        Return True if B is a titlecased string and there is at least one
        character in B, i.e. uppercase characters may only follow uncased
        characters and lowercase characters only cased ones. Return False
        otherwise.
        """

class bytes_isupper(Var[Callable[..., Any]]):
    def __call__(self) -> Var[bool]:
        """B.isupper() -> bool

        Return True if all cased characters in B are uppercase and there is
        at least one cased character in B, False otherwise.
        """

class bytes_join(Var[Callable[..., Any]]):
    def __call__(
        self,
        iterable_of_bytes: Var[typing.Iterable[typing_extensions.Buffer]] | _Type15,
        /,
    ) -> Var[bytes]:
        """Concatenate any number of bytes objects.

        The bytes whose method is called is inserted in between each pair.

        The result is returned as a new bytes object.

        Example: b'.'.join([b'ab', b'pq', b'rs']) -> b'ab.pq.rs'.
        """

class bytes_ljust(Var[Callable[..., Any]]):
    def __call__(
        self,
        width: Var[_SupportsIndex] | _SupportsIndex,
        fillchar: bytes | bytearray | Var[bytes | bytearray] = b' ',
        /,
    ) -> Var[bytes]:
        """Return a left-justified string of length width.

        Padding is done using the specified fill character.
        """

class bytes_lower(Var[Callable[..., Any]]):
    def __call__(self) -> Var[bytes]:
        """B.lower() -> copy of B

        Return a copy of B with all ASCII characters converted to lowercase.
        """

class bytes_lstrip(Var[Callable[..., Any]]):
    def __call__(
        self,
        bytes: Var[typing_extensions.Buffer | None] | typing_extensions.Buffer | None = None,
        /,
    ) -> Var[bytes]:
        """Strip leading bytes contained in the argument.

        If the argument is omitted or None, strip leading  ASCII whitespace.
        """

class bytes_maketrans(Var[Callable[..., Any]]):
    def __call__(
        self,
        frm: Var[typing_extensions.Buffer] | typing_extensions.Buffer,
        to: Var[typing_extensions.Buffer] | typing_extensions.Buffer,
        /,
    ) -> Var[bytes]:
        """staticmethod(function) -> method

        Convert a function to be a static method.

        A static method does not receive an implicit first argument.
        To declare a static method, use this idiom:

             class C:
                 @staticmethod
                 def f(arg1, arg2, argN):
                     ...
        …
        """

class bytes_partition(Var[Callable[..., Any]]):
    def __call__(
        self,
        sep: Var[typing_extensions.Buffer] | typing_extensions.Buffer,
        /,
    ) -> Var[tuple[bytes, bytes, bytes]]:
        """Partition the bytes into three parts using the given separator.

        This will search for the separator sep in the bytes. If the separator is found,
        returns a 3-tuple containing the part before the separator, the separator
        itself, and the part after it.

        If the separator is not found, returns a 3-tuple containing the original bytes
        object and two empty bytes objects.
        """

class bytes_removeprefix(Var[Callable[..., Any]]):
    def __call__(
        self,
        prefix: Var[typing_extensions.Buffer] | typing_extensions.Buffer,
        /,
    ) -> Var[bytes]:
        """Return a bytes object with the given prefix string removed if present.

        If the bytes starts with the prefix string, return bytes[len(prefix):].
        Otherwise, return a copy of the original bytes.
        """

class bytes_removesuffix(Var[Callable[..., Any]]):
    def __call__(
        self,
        suffix: Var[typing_extensions.Buffer] | typing_extensions.Buffer,
        /,
    ) -> Var[bytes]:
        """Return a bytes object with the given suffix string removed if present.

        If the bytes ends with the suffix string and that suffix is not empty,
        return bytes[:-len(prefix)].  Otherwise, return a copy of the original
        bytes.
        """

class bytes_replace(Var[Callable[..., Any]]):
    def __call__(
        self,
        old: Var[typing_extensions.Buffer] | typing_extensions.Buffer,
        new: Var[typing_extensions.Buffer] | typing_extensions.Buffer,
        count: Var[_SupportsIndex] | _SupportsIndex = -1,
        /,
    ) -> Var[bytes]:
        """Return a copy with all occurrences of substring old replaced by new.

          count
            Maximum number of occurrences to replace.
            -1 (the default value) means replace all occurrences.

        If the optional argument count is given, only the first count occurrences are
        replaced.
        """

class bytes_rfind(Var[Callable[..., Any]]):
    def __call__(
        self,
        sub: Var[typing_extensions.Buffer | _SupportsIndex] | typing_extensions.Buffer | _SupportsIndex,
        start: Var[_SupportsIndex | None] | _SupportsIndex | None = None,
        end: Var[_SupportsIndex | None] | _SupportsIndex | None = None,
        /,
    ) -> Var[int]:
        """B.rfind(sub[, start[, end]]) -> int

        Return the highest index in B where subsection sub is found,
        such that sub is contained within B[start,end].  Optional
        arguments start and end are interpreted as in slice notation.

        Return -1 on failure.
        """

class bytes_rindex(Var[Callable[..., Any]]):
    def __call__(
        self,
        sub: Var[typing_extensions.Buffer | _SupportsIndex] | typing_extensions.Buffer | _SupportsIndex,
        start: Var[_SupportsIndex | None] | _SupportsIndex | None = None,
        end: Var[_SupportsIndex | None] | _SupportsIndex | None = None,
        /,
    ) -> Var[int]:
        """B.rindex(sub[, start[, end]]) -> int

        Return the highest index in B where subsection sub is found,
        such that sub is contained within B[start,end].  Optional
        arguments start and end are interpreted as in slice notation.

        Raise ValueError when the subsection is not found.
        """

class bytes_rjust(Var[Callable[..., Any]]):
    def __call__(
        self,
        width: Var[_SupportsIndex] | _SupportsIndex,
        fillchar: bytes | bytearray | Var[bytes | bytearray] = b' ',
        /,
    ) -> Var[bytes]:
        """Return a right-justified string of length width.

        Padding is done using the specified fill character.
        """

class bytes_rpartition(Var[Callable[..., Any]]):
    def __call__(
        self,
        sep: Var[typing_extensions.Buffer] | typing_extensions.Buffer,
        /,
    ) -> Var[tuple[bytes, bytes, bytes]]:
        """Partition the bytes into three parts using the given separator.

        This will search for the separator sep in the bytes, starting at the end. If
        the separator is found, returns a 3-tuple containing the part before the
        separator, the separator itself, and the part after it.

        If the separator is not found, returns a 3-tuple containing two empty bytes
        objects and the original bytes object.
        """

class bytes_rsplit(Var[Callable[..., Any]]):
    def __call__(
        self,
        sep: Var[typing_extensions.Buffer | None] | typing_extensions.Buffer | None = None,
        maxsplit: Var[_SupportsIndex] | _SupportsIndex = -1,
    ) -> Var[list[bytes]]:
        """Return a list of the sections in the bytes, using sep as the delimiter.

          sep
            The delimiter according which to split the bytes.
            None (the default value) means split on ASCII whitespace characters
            (space, tab, return, newline, formfeed, vertical tab).
          maxsplit
            Maximum number of splits to do.
            -1 (the default value) means no limit.

        Splitting is done starting at the end of the bytes and working to the front.
        """

class bytes_rstrip(Var[Callable[..., Any]]):
    def __call__(
        self,
        bytes: Var[typing_extensions.Buffer | None] | typing_extensions.Buffer | None = None,
        /,
    ) -> Var[bytes]:
        """Strip trailing bytes contained in the argument.

        If the argument is omitted or None, strip trailing ASCII whitespace.
        """

class bytes_split(Var[Callable[..., Any]]):
    def __call__(
        self,
        sep: Var[typing_extensions.Buffer | None] | typing_extensions.Buffer | None = None,
        maxsplit: Var[_SupportsIndex] | _SupportsIndex = -1,
    ) -> Var[list[bytes]]:
        """Return a list of the sections in the bytes, using sep as the delimiter.

        sep
          The delimiter according which to split the bytes.
          None (the default value) means split on ASCII whitespace characters
          (space, tab, return, newline, formfeed, vertical tab).
        maxsplit
          Maximum number of splits to do.
          -1 (the default value) means no limit.
        """

class bytes_splitlines(Var[Callable[..., Any]]):
    def __call__(self, keepends: bool | Var[bool] = False) -> Var[list[bytes]]:
        """Return a list of the lines in the bytes, breaking at line boundaries.

        Line breaks are not included in the resulting list unless keepends is given and
        true.
        """

class bytes_startswith(Var[Callable[..., Any]]):
    def __call__(
        self,
        prefix: Var[_Type14] | _Type13,
        start: Var[_SupportsIndex | None] | _SupportsIndex | None = None,
        end: Var[_SupportsIndex | None] | _SupportsIndex | None = None,
        /,
    ) -> Var[bool]:
        """B.startswith(prefix[, start[, end]]) -> bool

        Return True if B starts with the specified prefix, False otherwise.
        With optional start, test B beginning at that position.
        With optional end, stop comparing B at that position.
        prefix can also be a tuple of bytes to try.
        """

class bytes_strip(Var[Callable[..., Any]]):
    def __call__(
        self,
        bytes: Var[typing_extensions.Buffer | None] | typing_extensions.Buffer | None = None,
        /,
    ) -> Var[bytes]:
        """Strip leading and trailing bytes contained in the argument.

        If the argument is omitted or None, strip leading and trailing ASCII whitespace.
        """

class bytes_swapcase(Var[Callable[..., Any]]):
    def __call__(self) -> Var[bytes]:
        """B.swapcase() -> copy of B

        Return a copy of B with uppercase ASCII characters converted
        to lowercase ASCII and vice versa.
        """

class bytes_title(Var[Callable[..., Any]]):
    def __call__(self) -> Var[bytes]:
        """B.title() -> copy of B

        Return a titlecased version of B, i.e. ASCII words start with uppercase
        characters, all remaining cased characters have lowercase.
        """

class bytes_translate(Var[Callable[..., Any]]):
    def __call__(
        self,
        table: Var[typing_extensions.Buffer | None] | typing_extensions.Buffer | None,
        /,
        delete: Var[typing_extensions.Buffer] | typing_extensions.Buffer = b'',
    ) -> Var[bytes]:
        """Return a copy with each character mapped by the given translation table.

          table
            Translation table, which must be a bytes object of length 256.

        All characters occurring in the optional argument delete are removed.
        The remaining characters are mapped through the given translation table.
        """

class bytes_upper(Var[Callable[..., Any]]):
    def __call__(self) -> Var[bytes]:
        """B.upper() -> copy of B

        Return a copy of B with all ASCII characters converted to uppercase.
        """

class bytes_zfill(Var[Callable[..., Any]]):
    def __call__(self, width: Var[_SupportsIndex] | _SupportsIndex, /) -> Var[bytes]:
        """Pad a numeric string with zeros on the left, to fill a field of the given width.

        The original string is never truncated.
        """

class bytearray_append(Var[Callable[..., Any]]):
    def __call__(self, item: Var[_SupportsIndex] | _SupportsIndex, /) -> Var[None]:
        """Append a single item to the end of the bytearray.

        item
          The item to be appended.
        """

class bytearray_capitalize(Var[Callable[..., Any]]):
    def __call__(self) -> Var[bytearray]:
        """B.capitalize() -> copy of B

        Return a copy of B with only its first character capitalized (ASCII)
        and the rest lower-cased.
        """

class bytearray_center(Var[Callable[..., Any]]):
    def __call__(
        self,
        width: Var[_SupportsIndex] | _SupportsIndex,
        fillchar: bytes | Var[bytes] = b' ',
        /,
    ) -> Var[bytearray]:
        """Return a centered string of length width.

        Padding is done using the specified fill character.
        """

class bytearray_copy(Var[Callable[..., Any]]):
    def __call__(self) -> Var[bytearray]:
        """Return a copy of B."""

class bytearray_count(Var[Callable[..., Any]]):
    def __call__(
        self,
        sub: Var[typing_extensions.Buffer | _SupportsIndex] | typing_extensions.Buffer | _SupportsIndex,
        start: Var[_SupportsIndex | None] | _SupportsIndex | None = None,
        end: Var[_SupportsIndex | None] | _SupportsIndex | None = None,
        /,
    ) -> Var[int]:
        """B.count(sub[, start[, end]]) -> int

        Return the number of non-overlapping occurrences of subsection sub in
        bytes B[start:end].  Optional arguments start and end are interpreted
        as in slice notation.
        """

class bytearray_decode(Var[Callable[..., Any]]):
    def __call__(
        self,
        encoding: str | Var[str] = 'utf-8',
        errors: str | Var[str] = 'strict',
    ) -> Var[str]:
        """Decode the bytearray using the codec registered for encoding.

        encoding
          The encoding with which to decode the bytearray.
        errors
          The error handling scheme to use for the handling of decoding errors.
          The default is 'strict' meaning that decoding errors raise a
          UnicodeDecodeError. Other possible values are 'ignore' and 'replace'
          as well as any other name registered with codecs.register_error that
          can handle UnicodeDecodeErrors.
        """

class bytearray_endswith(Var[Callable[..., Any]]):
    def __call__(
        self,
        suffix: Var[_Type14] | _Type13,
        start: Var[_SupportsIndex | None] | _SupportsIndex | None = None,
        end: Var[_SupportsIndex | None] | _SupportsIndex | None = None,
        /,
    ) -> Var[bool]:
        """B.endswith(suffix[, start[, end]]) -> bool

        Return True if B ends with the specified suffix, False otherwise.
        With optional start, test B beginning at that position.
        With optional end, stop comparing B at that position.
        suffix can also be a tuple of bytes to try.
        """

class bytearray_expandtabs(Var[Callable[..., Any]]):
    def __call__(self, tabsize: Var[_SupportsIndex] | _SupportsIndex = 8) -> Var[bytearray]:
        """Return a copy where all tab characters are expanded using spaces.

        If tabsize is not given, a tab size of 8 characters is assumed.
        """

class bytearray_extend(Var[Callable[..., Any]]):
    def __call__(
        self,
        iterable_of_ints: Var[typing.Iterable[_SupportsIndex]] | _Type19,
        /,
    ) -> Var[None]:
        """Append all the items from the iterator or sequence to the end of the bytearray.

        iterable_of_ints
          The iterable of items to append.
        """

class bytearray_find(Var[Callable[..., Any]]):
    def __call__(
        self,
        sub: Var[typing_extensions.Buffer | _SupportsIndex] | typing_extensions.Buffer | _SupportsIndex,
        start: Var[_SupportsIndex | None] | _SupportsIndex | None = None,
        end: Var[_SupportsIndex | None] | _SupportsIndex | None = None,
        /,
    ) -> Var[int]:
        """B.find(sub[, start[, end]]) -> int

        Return the lowest index in B where subsection sub is found,
        such that sub is contained within B[start,end].  Optional
        arguments start and end are interpreted as in slice notation.

        Return -1 on failure.
        """

class bytearray_fromhex(Var[Callable[..., Any]], Generic[_Selfbytearray]):
    def __call__(self, string: str | Var[str], /) -> Var[_Selfbytearray]:
        """Create a bytearray object from a string of hexadecimal numbers.

        Spaces between two numbers are accepted.
        Example: bytearray.fromhex('B9 01EF') -> bytearray(b'\\\\xb9\\\\x01\\\\xef')
        """

class bytearray_hex(Var[Callable[..., Any]]):
    def __call__(
        self,
        sep: str | bytes | Var[str | bytes] = ...,
        bytes_per_sep: Var[_SupportsIndex] | _SupportsIndex = 1,
    ) -> Var[str]:
        """Create a string of hexadecimal numbers from a bytearray object.

          sep
            An optional single character or byte to separate hex bytes.
          bytes_per_sep
            How many bytes between separators.  Positive values count from the
            right, negative values count from the left.

        Example:
        >>> value = bytearray([0xb9, 0x01, 0xef])
        >>> value.hex()
        …
        """

class bytearray_index(Var[Callable[..., Any]]):
    def __call__(
        self,
        sub: Var[typing_extensions.Buffer | _SupportsIndex] | typing_extensions.Buffer | _SupportsIndex,
        start: Var[_SupportsIndex | None] | _SupportsIndex | None = None,
        end: Var[_SupportsIndex | None] | _SupportsIndex | None = None,
        /,
    ) -> Var[int]:
        """B.index(sub[, start[, end]]) -> int

        Return the lowest index in B where subsection sub is found,
        such that sub is contained within B[start,end].  Optional
        arguments start and end are interpreted as in slice notation.

        Raises ValueError when the subsection is not found.
        """

class bytearray_insert(Var[Callable[..., Any]]):
    def __call__(
        self,
        index: Var[_SupportsIndex] | _SupportsIndex,
        item: Var[_SupportsIndex] | _SupportsIndex,
        /,
    ) -> Var[None]:
        """Insert a single item into the bytearray before the given index.

        index
          The index where the value is to be inserted.
        item
          The item to be inserted.
        """

class bytearray_isalnum(Var[Callable[..., Any]]):
    def __call__(self) -> Var[bool]:
        """B.isalnum() -> bool

        Return True if all characters in B are alphanumeric
        and there is at least one character in B, False otherwise.
        """

class bytearray_isalpha(Var[Callable[..., Any]]):
    def __call__(self) -> Var[bool]:
        """B.isalpha() -> bool

        Return True if all characters in B are alphabetic
        and there is at least one character in B, False otherwise.
        """

class bytearray_isascii(Var[Callable[..., Any]]):
    def __call__(self) -> Var[bool]:
        """B.isascii() -> bool

        Return True if B is empty or all characters in B are ASCII,
        False otherwise.
        """

class bytearray_isdigit(Var[Callable[..., Any]]):
    def __call__(self) -> Var[bool]:
        """B.isdigit() -> bool

        Return True if all characters in B are digits
        and there is at least one character in B, False otherwise.
        """

class bytearray_islower(Var[Callable[..., Any]]):
    def __call__(self) -> Var[bool]:
        """B.islower() -> bool

        Return True if all cased characters in B are lowercase and there is
        at least one cased character in B, False otherwise.
        """

class bytearray_isspace(Var[Callable[..., Any]]):
    def __call__(self) -> Var[bool]:
        """B.isspace() -> bool

        Return True if all characters in B are whitespace
        and there is at least one character in B, False otherwise.
        """

class bytearray_istitle(Var[Callable[..., Any]]):
    def __call__(self) -> Var[bool]:
        """B.istitle() -> bool

        Return True if B is a titlecased string and there is at least one
        character in B, i.e. uppercase characters may only follow uncased
        characters and lowercase characters only cased ones. Return False
        otherwise.
        """

class bytearray_isupper(Var[Callable[..., Any]]):
    def __call__(self) -> Var[bool]:
        """B.isupper() -> bool

        Return True if all cased characters in B are uppercase and there is
        at least one cased character in B, False otherwise.
        """

class bytearray_join(Var[Callable[..., Any]]):
    def __call__(
        self,
        iterable_of_bytes: Var[typing.Iterable[typing_extensions.Buffer]] | _Type15,
        /,
    ) -> Var[bytearray]:
        """Concatenate any number of bytes/bytearray objects.

        The bytearray whose method is called is inserted in between each pair.

        The result is returned as a new bytearray object.
        """

class bytearray_ljust(Var[Callable[..., Any]]):
    def __call__(
        self,
        width: Var[_SupportsIndex] | _SupportsIndex,
        fillchar: bytes | bytearray | Var[bytes | bytearray] = b' ',
        /,
    ) -> Var[bytearray]:
        """Return a left-justified string of length width.

        Padding is done using the specified fill character.
        """

class bytearray_lower(Var[Callable[..., Any]]):
    def __call__(self) -> Var[bytearray]:
        """B.lower() -> copy of B

        Return a copy of B with all ASCII characters converted to lowercase.
        """

class bytearray_lstrip(Var[Callable[..., Any]]):
    def __call__(
        self,
        bytes: Var[typing_extensions.Buffer | None] | typing_extensions.Buffer | None = None,
        /,
    ) -> Var[bytearray]:
        """Strip leading bytes contained in the argument.

        If the argument is omitted or None, strip leading ASCII whitespace.
        """

class bytearray_maketrans(Var[Callable[..., Any]]):
    def __call__(
        self,
        frm: Var[typing_extensions.Buffer] | typing_extensions.Buffer,
        to: Var[typing_extensions.Buffer] | typing_extensions.Buffer,
        /,
    ) -> Var[bytes]:
        """staticmethod(function) -> method

        Convert a function to be a static method.

        A static method does not receive an implicit first argument.
        To declare a static method, use this idiom:

             class C:
                 @staticmethod
                 def f(arg1, arg2, argN):
                     ...
        …
        """

class bytearray_partition(Var[Callable[..., Any]]):
    def __call__(
        self,
        sep: Var[typing_extensions.Buffer] | typing_extensions.Buffer,
        /,
    ) -> Var[tuple[bytearray, bytearray, bytearray]]:
        """Partition the bytearray into three parts using the given separator.

        This will search for the separator sep in the bytearray. If the separator is
        found, returns a 3-tuple containing the part before the separator, the
        separator itself, and the part after it as new bytearray objects.

        If the separator is not found, returns a 3-tuple containing the copy of the
        original bytearray object and two empty bytearray objects.
        """

class bytearray_pop(Var[Callable[..., Any]]):
    def __call__(self, index: int | Var[int] = -1, /) -> Var[int]:
        """Remove and return a single item from B.

          index
            The index from where to remove the item.
            -1 (the default value) means remove the last item.

        If no index argument is given, will pop the last item.
        """

class bytearray_remove(Var[Callable[..., Any]]):
    def __call__(self, value: int | Var[int], /) -> Var[None]:
        """Remove the first occurrence of a value in the bytearray.

        value
          The value to remove.
        """

class bytearray_removeprefix(Var[Callable[..., Any]]):
    def __call__(
        self,
        prefix: Var[typing_extensions.Buffer] | typing_extensions.Buffer,
        /,
    ) -> Var[bytearray]:
        """Return a bytearray with the given prefix string removed if present.

        If the bytearray starts with the prefix string, return
        bytearray[len(prefix):].  Otherwise, return a copy of the original
        bytearray.
        """

class bytearray_removesuffix(Var[Callable[..., Any]]):
    def __call__(
        self,
        suffix: Var[typing_extensions.Buffer] | typing_extensions.Buffer,
        /,
    ) -> Var[bytearray]:
        """Return a bytearray with the given suffix string removed if present.

        If the bytearray ends with the suffix string and that suffix is not
        empty, return bytearray[:-len(suffix)].  Otherwise, return a copy of
        the original bytearray.
        """

class bytearray_replace(Var[Callable[..., Any]]):
    def __call__(
        self,
        old: Var[typing_extensions.Buffer] | typing_extensions.Buffer,
        new: Var[typing_extensions.Buffer] | typing_extensions.Buffer,
        count: Var[_SupportsIndex] | _SupportsIndex = -1,
        /,
    ) -> Var[bytearray]:
        """Return a copy with all occurrences of substring old replaced by new.

          count
            Maximum number of occurrences to replace.
            -1 (the default value) means replace all occurrences.

        If the optional argument count is given, only the first count occurrences are
        replaced.
        """

class bytearray_rfind(Var[Callable[..., Any]]):
    def __call__(
        self,
        sub: Var[typing_extensions.Buffer | _SupportsIndex] | typing_extensions.Buffer | _SupportsIndex,
        start: Var[_SupportsIndex | None] | _SupportsIndex | None = None,
        end: Var[_SupportsIndex | None] | _SupportsIndex | None = None,
        /,
    ) -> Var[int]:
        """B.rfind(sub[, start[, end]]) -> int

        Return the highest index in B where subsection sub is found,
        such that sub is contained within B[start,end].  Optional
        arguments start and end are interpreted as in slice notation.

        Return -1 on failure.
        """

class bytearray_rindex(Var[Callable[..., Any]]):
    def __call__(
        self,
        sub: Var[typing_extensions.Buffer | _SupportsIndex] | typing_extensions.Buffer | _SupportsIndex,
        start: Var[_SupportsIndex | None] | _SupportsIndex | None = None,
        end: Var[_SupportsIndex | None] | _SupportsIndex | None = None,
        /,
    ) -> Var[int]:
        """B.rindex(sub[, start[, end]]) -> int

        Return the highest index in B where subsection sub is found,
        such that sub is contained within B[start,end].  Optional
        arguments start and end are interpreted as in slice notation.

        Raise ValueError when the subsection is not found.
        """

class bytearray_rjust(Var[Callable[..., Any]]):
    def __call__(
        self,
        width: Var[_SupportsIndex] | _SupportsIndex,
        fillchar: bytes | bytearray | Var[bytes | bytearray] = b' ',
        /,
    ) -> Var[bytearray]:
        """Return a right-justified string of length width.

        Padding is done using the specified fill character.
        """

class bytearray_rpartition(Var[Callable[..., Any]]):
    def __call__(
        self,
        sep: Var[typing_extensions.Buffer] | typing_extensions.Buffer,
        /,
    ) -> Var[tuple[bytearray, bytearray, bytearray]]:
        """Partition the bytearray into three parts using the given separator.

        This will search for the separator sep in the bytearray, starting at the end.
        If the separator is found, returns a 3-tuple containing the part before the
        separator, the separator itself, and the part after it as new bytearray
        objects.

        If the separator is not found, returns a 3-tuple containing two empty bytearray
        objects and the copy of the original bytearray object.
        """

class bytearray_rsplit(Var[Callable[..., Any]]):
    def __call__(
        self,
        sep: Var[typing_extensions.Buffer | None] | typing_extensions.Buffer | None = None,
        maxsplit: Var[_SupportsIndex] | _SupportsIndex = -1,
    ) -> Var[list[bytearray]]:
        """Return a list of the sections in the bytearray, using sep as the delimiter.

          sep
            The delimiter according which to split the bytearray.
            None (the default value) means split on ASCII whitespace characters
            (space, tab, return, newline, formfeed, vertical tab).
          maxsplit
            Maximum number of splits to do.
            -1 (the default value) means no limit.

        Splitting is done starting at the end of the bytearray and working to the front.
        """

class bytearray_rstrip(Var[Callable[..., Any]]):
    def __call__(
        self,
        bytes: Var[typing_extensions.Buffer | None] | typing_extensions.Buffer | None = None,
        /,
    ) -> Var[bytearray]:
        """Strip trailing bytes contained in the argument.

        If the argument is omitted or None, strip trailing ASCII whitespace.
        """

class bytearray_split(Var[Callable[..., Any]]):
    def __call__(
        self,
        sep: Var[typing_extensions.Buffer | None] | typing_extensions.Buffer | None = None,
        maxsplit: Var[_SupportsIndex] | _SupportsIndex = -1,
    ) -> Var[list[bytearray]]:
        """Return a list of the sections in the bytearray, using sep as the delimiter.

        sep
          The delimiter according which to split the bytearray.
          None (the default value) means split on ASCII whitespace characters
          (space, tab, return, newline, formfeed, vertical tab).
        maxsplit
          Maximum number of splits to do.
          -1 (the default value) means no limit.
        """

class bytearray_splitlines(Var[Callable[..., Any]]):
    def __call__(self, keepends: bool | Var[bool] = False) -> Var[list[bytearray]]:
        """Return a list of the lines in the bytearray, breaking at line boundaries.

        Line breaks are not included in the resulting list unless keepends is given and
        true.
        """

class bytearray_startswith(Var[Callable[..., Any]]):
    def __call__(
        self,
        prefix: Var[_Type14] | _Type13,
        start: Var[_SupportsIndex | None] | _SupportsIndex | None = None,
        end: Var[_SupportsIndex | None] | _SupportsIndex | None = None,
        /,
    ) -> Var[bool]:
        """B.startswith(prefix[, start[, end]]) -> bool

        Return True if B starts with the specified prefix, False otherwise.
        With optional start, test B beginning at that position.
        With optional end, stop comparing B at that position.
        prefix can also be a tuple of bytes to try.
        """

class bytearray_strip(Var[Callable[..., Any]]):
    def __call__(
        self,
        bytes: Var[typing_extensions.Buffer | None] | typing_extensions.Buffer | None = None,
        /,
    ) -> Var[bytearray]:
        """Strip leading and trailing bytes contained in the argument.

        If the argument is omitted or None, strip leading and trailing ASCII whitespace.
        """

class bytearray_swapcase(Var[Callable[..., Any]]):
    def __call__(self) -> Var[bytearray]:
        """B.swapcase() -> copy of B

        Return a copy of B with uppercase ASCII characters converted
        to lowercase ASCII and vice versa.
        """

class bytearray_title(Var[Callable[..., Any]]):
    def __call__(self) -> Var[bytearray]:
        """B.title() -> copy of B

        Return a titlecased version of B, i.e. ASCII words start with uppercase
        characters, all remaining cased characters have lowercase.
        """

class bytearray_translate(Var[Callable[..., Any]]):
    def __call__(
        self,
        table: Var[typing_extensions.Buffer | None] | typing_extensions.Buffer | None,
        /,
        delete: bytes | Var[bytes] = b'',
    ) -> Var[bytearray]:
        """Return a copy with each character mapped by the given translation table.

          table
            Translation table, which must be a bytes object of length 256.

        All characters occurring in the optional argument delete are removed.
        The remaining characters are mapped through the given translation table.
        """

class bytearray_upper(Var[Callable[..., Any]]):
    def __call__(self) -> Var[bytearray]:
        """B.upper() -> copy of B

        Return a copy of B with all ASCII characters converted to uppercase.
        """

class bytearray_zfill(Var[Callable[..., Any]]):
    def __call__(self, width: Var[_SupportsIndex] | _SupportsIndex, /) -> Var[bytearray]:
        """Pad a numeric string with zeros on the left, to fill a field of the given width.

        The original string is never truncated.
        """

class memoryview_cast(Var[Callable[..., Any]]):
    @overload
    def __call__(
        self,
        format: Literal['c', '@c'] | Var[Literal['c', '@c']],
        shape: Var[list[int] | tuple[int, ...]] | _Type23 = ...,
    ) -> Var[memoryview[bytes]]:
        """Cast a memoryview to a new format or shape."""
    @overload
    def __call__(
        self,
        format: Literal['f', '@f', 'd', '@d'] | Var[Literal['f', '@f', 'd', '@d']],
        shape: Var[list[int] | tuple[int, ...]] | _Type23 = ...,
    ) -> Var[memoryview[float]]: ...
    @overload
    def __call__(
        self,
        format: Literal['?'] | Var[Literal['?']],
        shape: Var[list[int] | tuple[int, ...]] | _Type23 = ...,
    ) -> Var[memoryview[bool]]: ...
    @overload
    def __call__(
        self,
        format: _Type24 | Var[_Type24],
        shape: Var[list[int] | tuple[int, ...]] | _Type23 = ...,
    ) -> Var[memoryview[int]]: ...

class memoryview_hex(Var[Callable[..., Any]]):
    def __call__(
        self,
        sep: str | bytes | Var[str | bytes] = ...,
        bytes_per_sep: Var[_SupportsIndex] | _SupportsIndex = 1,
    ) -> Var[str]:
        """Return the data in the buffer as a str of hexadecimal numbers.

          sep
            An optional single character or byte to separate hex bytes.
          bytes_per_sep
            How many bytes between separators.  Positive values count from the
            right, negative values count from the left.

        Example:
        >>> value = memoryview(b'\\xb9\\x01\\xef')
        >>> value.hex()
        …
        """

class memoryview_release(Var[Callable[..., Any]]):
    def __call__(self) -> Var[None]:
        """Release the underlying buffer exposed by the memoryview object."""

class memoryview_tobytes(Var[Callable[..., Any]]):
    def __call__(
        self,
        order: Literal['C', 'F', 'A'] | None | Var[Literal['C', 'F', 'A'] | None] = 'C',
    ) -> Var[bytes]:
        """Return the data in the buffer as a byte string.

        Order can be {'C', 'F', 'A'}. When order is 'C' or 'F', the data of the
        original array is converted to C or Fortran order. For contiguous views,
        'A' returns an exact copy of the physical memory. In particular, in-memory
        Fortran order is preserved. For non-contiguous views, the data is converted
        to C first. order=None is the same as order='C'.
        """

class memoryview_tolist(Var[Callable[..., Any]]):
    def __call__(self) -> Var[list[int]]:
        """Return the data in the buffer as a list of elements."""

class memoryview_toreadonly(Var[Callable[..., Any]], Generic[_I]):
    def __call__(self) -> Var[memoryview[_I]]:
        """Return a readonly version of the memoryview."""

class range_count(Var[Callable[..., Any]]):
    def __call__(self, value: int | Var[int], /) -> Var[int]:
        """rangeobject.count(value) -> integer -- return number of occurrences of value"""

class range_index(Var[Callable[..., Any]]):
    def __call__(self, value: int | Var[int], /) -> Var[int]:
        """rangeobject.index(value) -> integer -- return index of value.
        Raise ValueError if the value is not present.
        """

class slice_indices(Var[Callable[..., Any]]):
    def __call__(self, len: Var[_SupportsIndex] | _SupportsIndex, /) -> Var[tuple[int, int, int]]:
        """S.indices(len) -> (start, stop, stride)

        Assuming a sequence of length len, calculate the start and stop
        indices, and the stride length of the extended slice described by
        S. Out of bounds indices are clipped in a manner consistent with the
        handling of normal slices.
        """

class tuple_count(Var[Callable[..., Any]]):
    def __call__(self, value: Any, /) -> Var[int]:
        """Return number of occurrences of value."""

class tuple_index(Var[Callable[..., Any]]):
    def __call__(
        self,
        value: Any,
        start: Var[_SupportsIndex] | _SupportsIndex = 0,
        stop: Var[_SupportsIndex] | _SupportsIndex = ...,
        /,
    ) -> Var[int]:
        """Return first index of value.

        Raises ValueError if the value is not present.
        """

class list_append(Var[Callable[..., Any]], Generic[_T]):
    def __call__(self, object: _T | Var[_T], /) -> Var[None]:
        """Append object to the end of the list."""

class list_copy(Var[Callable[..., Any]], Generic[_T]):
    def __call__(self) -> Var[list[_T]]:
        """Return a shallow copy of the list."""

class list_count(Var[Callable[..., Any]], Generic[_T]):
    def __call__(self, value: _T | Var[_T], /) -> Var[int]:
        """Return number of occurrences of value."""

class list_extend(Var[Callable[..., Any]], Generic[_T]):
    def __call__(
        self,
        iterable: Var[typing.Iterable[_T]] | typing.Iterable[_T | Var[_T]],
        /,
    ) -> Var[None]:
        """Extend list by appending elements from the iterable."""

class list_index(Var[Callable[..., Any]], Generic[_T]):
    def __call__(
        self,
        value: _T | Var[_T],
        start: Var[_SupportsIndex] | _SupportsIndex = 0,
        stop: Var[_SupportsIndex] | _SupportsIndex = ...,
        /,
    ) -> Var[int]:
        """Return first index of value.

        Raises ValueError if the value is not present.
        """

class list_insert(Var[Callable[..., Any]], Generic[_T]):
    def __call__(
        self,
        index: Var[_SupportsIndex] | _SupportsIndex,
        object: _T | Var[_T],
        /,
    ) -> Var[None]:
        """Insert object before index."""

class list_pop(Var[Callable[..., Any]], Generic[_T]):
    def __call__(self, index: Var[_SupportsIndex] | _SupportsIndex = -1, /) -> Var[_T]:
        """Remove and return item at index (default last).

        Raises IndexError if list is empty or index is out of range.
        """

class list_remove(Var[Callable[..., Any]], Generic[_T]):
    def __call__(self, value: _T | Var[_T], /) -> Var[None]:
        """Remove first occurrence of value.

        Raises ValueError if the value is not present.
        """

class list_sort(Var[Callable[..., Any]], Generic[_Receiver_co]):
    @overload
    def __call__(
        self: list_sort[list[_SupportsRichComparisonT]],
        *,
        key: None | Var[None] = None,
        reverse: bool | Var[bool] = False,
    ) -> Var[None]:
        """Sort the list in ascending order and return None.

        The sort is in-place (i.e. the list itself is modified) and stable (i.e. the
        order of two equal elements is maintained).

        If a key function is given, apply it once to each list item and sort them,
        ascending or descending, according to their function values.

        The reverse flag can be set to sort in descending order.
        """
    @overload
    def __call__(
        self: list_sort[list[_T]],
        *,
        key: Var[Callable[[_T], _typeshed.SupportsDunderLT[Any] | _typeshed.SupportsDunderGT[Any]]] | Callable[[_T], _typeshed.SupportsDunderLT[Any] | _typeshed.SupportsDunderGT[Any]],
        reverse: bool | Var[bool] = False,
    ) -> Var[None]: ...

class dict_copy(Var[Callable[..., Any]], Generic[_KT, _VT]):
    def __call__(self) -> Var[dict[_KT, _VT]]:
        """D.copy() -> a shallow copy of D"""

class dict_fromkeys(Var[Callable[..., Any]]):
    @overload
    def __call__(
        self,
        iterable: Var[typing.Iterable[_T]],
        value: None | Var[None] = None,
        /,
    ) -> Var[dict[_T, Any | None]]:
        """Create a new dictionary with keys from iterable and values set to value."""
    @overload
    def __call__(
        self,
        iterable: typing.Iterable[Var[_T]],
        value: None | Var[None] = None,
        /,
    ) -> Var[dict[_T, Any | None]]: ...
    @overload
    def __call__(
        self,
        iterable: typing.Iterable[_T],
        value: None | Var[None] = None,
        /,
    ) -> Var[dict[_T, Any | None]]: ...
    @overload
    def __call__(
        self,
        iterable: Var[typing.Iterable[_T]],
        value: Var[_S],
        /,
    ) -> Var[dict[_T, _S]]: ...
    @overload
    def __call__(self, iterable: Var[typing.Iterable[_T]], value: _S, /) -> Var[dict[_T, _S]]: ...
    @overload
    def __call__(
        self,
        iterable: typing.Iterable[Var[_T]],
        value: Var[_S],
        /,
    ) -> Var[dict[_T, _S]]: ...
    @overload
    def __call__(self, iterable: typing.Iterable[Var[_T]], value: _S, /) -> Var[dict[_T, _S]]: ...
    @overload
    def __call__(self, iterable: typing.Iterable[_T], value: Var[_S], /) -> Var[dict[_T, _S]]: ...
    @overload
    def __call__(self, iterable: typing.Iterable[_T], value: _S, /) -> Var[dict[_T, _S]]: ...

class dict_get(Var[Callable[..., Any]], Generic[_KT, _VT]):
    @overload
    def __call__(
        self,
        key: _KT | Var[_KT],
        default: None | Var[None] = None,
        /,
    ) -> Var[_VT | None]:
        """Return the value for key if key is in the dictionary, else default."""
    @overload
    def __call__(self, key: _KT | Var[_KT], default: _VT | Var[_VT], /) -> Var[_VT]: ...
    @overload
    def __call__(self, key: _KT | Var[_KT], default: Var[_T], /) -> Var[_VT | _T]: ...
    @overload
    def __call__(self, key: _KT | Var[_KT], default: _T, /) -> Var[_VT | _T]: ...

class dict_items(Var[Callable[..., Any]], Generic[_KT, _VT]):
    def __call__(self) -> Var[_collections_abc.dict_items[_KT, _VT]]:
        """D.items() -> a set-like object providing a view on D's items"""

class dict_keys(Var[Callable[..., Any]], Generic[_KT, _VT]):
    def __call__(self) -> Var[_collections_abc.dict_keys[_KT, _VT]]:
        """D.keys() -> a set-like object providing a view on D's keys"""

class dict_pop(Var[Callable[..., Any]], Generic[_KT, _VT]):
    @overload
    def __call__(self, key: _KT | Var[_KT], /) -> Var[_VT]:
        """D.pop(k[,d]) -> v, remove specified key and return the corresponding value.

        If the key is not found, return the default if given; otherwise,
        raise a KeyError.
        """
    @overload
    def __call__(self, key: _KT | Var[_KT], default: _VT | Var[_VT], /) -> Var[_VT]: ...
    @overload
    def __call__(self, key: _KT | Var[_KT], default: Var[_T], /) -> Var[_VT | _T]: ...
    @overload
    def __call__(self, key: _KT | Var[_KT], default: _T, /) -> Var[_VT | _T]: ...

class dict_values(Var[Callable[..., Any]], Generic[_KT, _VT]):
    def __call__(self) -> Var[_collections_abc.dict_values[_KT, _VT]]:
        """D.values() -> an object providing a view on D's values"""

class set_add(Var[Callable[..., Any]], Generic[_T]):
    def __call__(self, element: _T | Var[_T], /) -> Var[None]:
        """Add an element to a set.

        This has no effect if the element is already present.
        """

class set_copy(Var[Callable[..., Any]], Generic[_T]):
    def __call__(self) -> Var[set[_T]]:
        """Return a shallow copy of a set."""

class set_difference(Var[Callable[..., Any]], Generic[_T]):
    def __call__(self, *s: Var[typing.Iterable[object]] | typing.Iterable[object]) -> Var[set[_T]]:
        """Return the difference of two or more sets as a new set.

        (i.e. all elements that are in this set but not the others.)
        """

class set_difference_update(Var[Callable[..., Any]]):
    def __call__(self, *s: Var[typing.Iterable[object]] | typing.Iterable[object]) -> Var[None]:
        """Remove all elements of another set from this set."""

class set_discard(Var[Callable[..., Any]]):
    def __call__(self, element: object, /) -> Var[None]:
        """Remove an element from a set if it is a member.

        Unlike set.remove(), the discard() method does not raise
        an exception when an element is missing from the set.
        """

class set_intersection(Var[Callable[..., Any]], Generic[_T]):
    def __call__(self, *s: Var[typing.Iterable[object]] | typing.Iterable[object]) -> Var[set[_T]]:
        """Return the intersection of two sets as a new set.

        (i.e. all elements that are in both sets.)
        """

class set_intersection_update(Var[Callable[..., Any]]):
    def __call__(self, *s: Var[typing.Iterable[object]] | typing.Iterable[object]) -> Var[None]:
        """Update a set with the intersection of itself and another."""

class set_isdisjoint(Var[Callable[..., Any]]):
    def __call__(self, s: Var[typing.Iterable[object]] | typing.Iterable[object], /) -> Var[bool]:
        """Return True if two sets have a null intersection."""

class set_issubset(Var[Callable[..., Any]]):
    def __call__(self, s: Var[typing.Iterable[object]] | typing.Iterable[object], /) -> Var[bool]:
        """Report whether another set contains this set."""

class set_issuperset(Var[Callable[..., Any]]):
    def __call__(self, s: Var[typing.Iterable[object]] | typing.Iterable[object], /) -> Var[bool]:
        """Report whether this set contains another set."""

class set_remove(Var[Callable[..., Any]], Generic[_T]):
    def __call__(self, element: _T | Var[_T], /) -> Var[None]:
        """Remove an element from a set; it must be a member.

        If the element is not a member, raise a KeyError.
        """

class set_symmetric_difference(Var[Callable[..., Any]], Generic[_T]):
    @overload
    def __call__(self, s: Var[typing.Iterable[_S]], /) -> Var[set[_T | _S]]:
        """Return the symmetric difference of two sets as a new set.

        (i.e. all elements that are in exactly one of the sets.)
        """
    @overload
    def __call__(self, s: typing.Iterable[Var[_S]], /) -> Var[set[_T | _S]]: ...
    @overload
    def __call__(self, s: typing.Iterable[_S], /) -> Var[set[_T | _S]]: ...

class set_symmetric_difference_update(Var[Callable[..., Any]], Generic[_T]):
    def __call__(
        self,
        s: Var[typing.Iterable[_T]] | typing.Iterable[_T | Var[_T]],
        /,
    ) -> Var[None]:
        """Update a set with the symmetric difference of itself and another."""

class set_union(Var[Callable[..., Any]], Generic[_T]):
    @overload
    def __call__(self, *s: Var[typing.Iterable[_S]]) -> Var[set[_T | _S]]:
        """Return the union of sets as a new set.

        (i.e. all elements that are in either set.)
        """
    @overload
    def __call__(self, *s: typing.Iterable[Var[_S]]) -> Var[set[_T | _S]]: ...
    @overload
    def __call__(self, *s: typing.Iterable[_S]) -> Var[set[_T | _S]]: ...

class set_update(Var[Callable[..., Any]], Generic[_T]):
    def __call__(self, *s: Var[typing.Iterable[_T]] | typing.Iterable[_T | Var[_T]]) -> Var[None]:
        """Update a set with the union of itself and others."""

class frozenset_copy(Var[Callable[..., Any]], Generic[_T_co]):
    def __call__(self) -> Var[frozenset[_T_co]]:
        """Return a shallow copy of a set."""

class frozenset_difference(Var[Callable[..., Any]], Generic[_T_co]):
    def __call__(
        self,
        *s: Var[typing.Iterable[object]] | typing.Iterable[object],
    ) -> Var[frozenset[_T_co]]:
        """Return the difference of two or more sets as a new set.

        (i.e. all elements that are in this set but not the others.)
        """

class frozenset_intersection(Var[Callable[..., Any]], Generic[_T_co]):
    def __call__(
        self,
        *s: Var[typing.Iterable[object]] | typing.Iterable[object],
    ) -> Var[frozenset[_T_co]]:
        """Return the intersection of two sets as a new set.

        (i.e. all elements that are in both sets.)
        """

class frozenset_isdisjoint(Var[Callable[..., Any]]):
    def __call__(self, s: Var[typing.Iterable[object]] | typing.Iterable[object], /) -> Var[bool]:
        """Return True if two sets have a null intersection."""

class frozenset_issubset(Var[Callable[..., Any]]):
    def __call__(self, s: Var[typing.Iterable[object]] | typing.Iterable[object], /) -> Var[bool]:
        """Report whether another set contains this set."""

class frozenset_issuperset(Var[Callable[..., Any]]):
    def __call__(self, s: Var[typing.Iterable[object]] | typing.Iterable[object], /) -> Var[bool]:
        """Report whether this set contains another set."""

class frozenset_symmetric_difference(Var[Callable[..., Any]], Generic[_T_co]):
    @overload
    def __call__(self, s: Var[typing.Iterable[_S]], /) -> Var[frozenset[_T_co | _S]]:
        """Return the symmetric difference of two sets as a new set.

        (i.e. all elements that are in exactly one of the sets.)
        """
    @overload
    def __call__(self, s: typing.Iterable[Var[_S]], /) -> Var[frozenset[_T_co | _S]]: ...
    @overload
    def __call__(self, s: typing.Iterable[_S], /) -> Var[frozenset[_T_co | _S]]: ...

class frozenset_union(Var[Callable[..., Any]], Generic[_T_co]):
    @overload
    def __call__(self, *s: Var[typing.Iterable[_S]]) -> Var[frozenset[_T_co | _S]]:
        """Return the union of sets as a new set.

        (i.e. all elements that are in either set.)
        """
    @overload
    def __call__(self, *s: typing.Iterable[Var[_S]]) -> Var[frozenset[_T_co | _S]]: ...
    @overload
    def __call__(self, *s: typing.Iterable[_S]) -> Var[frozenset[_T_co | _S]]: ...

class MappingProxyType_copy(Var[Callable[..., Any]], Generic[_KT_co, _VT_co]):
    def __call__(self) -> Var[dict[_KT_co, _VT_co]]:
        """D.copy() -> a shallow copy of D"""

class MappingProxyType_get(Var[Callable[..., Any]], Generic[_KT_co, _VT_co]):
    @overload
    def __call__(self, key: _KT_co | Var[_KT_co], /) -> Var[_VT_co | None]:
        """D.get(k[,d]) -> D[k] if k in D, else d.  d defaults to None."""
    @overload
    def __call__(
        self,
        key: _KT_co | Var[_KT_co],
        default: _VT_co | Var[_VT_co],
        /,
    ) -> Var[_VT_co]: ...
    @overload
    def __call__(self, key: _KT_co | Var[_KT_co], default: Var[_T2], /) -> Var[_VT_co | _T2]: ...
    @overload
    def __call__(self, key: _KT_co | Var[_KT_co], default: _T2, /) -> Var[_VT_co | _T2]: ...

class MappingProxyType_items(Var[Callable[..., Any]], Generic[_KT_co, _VT_co]):
    def __call__(self) -> Var[typing.ItemsView[_KT_co, _VT_co]]:
        """D.items() -> a set-like object providing a view on D's items"""

class MappingProxyType_keys(Var[Callable[..., Any]], Generic[_KT_co]):
    def __call__(self) -> Var[typing.KeysView[_KT_co]]:
        """D.keys() -> a set-like object providing a view on D's keys"""

class MappingProxyType_values(Var[Callable[..., Any]], Generic[_VT_co]):
    def __call__(self) -> Var[typing.ValuesView[_VT_co]]:
        """D.values() -> an object providing a view on D's values"""

class MutableSet_add(Var[Callable[..., Any]], Generic[_T]):
    def __call__(self, value: _T | Var[_T], /) -> Var[None]: ...

class MutableSet_clear(Var[Callable[..., Any]]):
    def __call__(self) -> Var[None]: ...

class MutableSet_discard(Var[Callable[..., Any]], Generic[_T]):
    def __call__(self, value: _T | Var[_T], /) -> Var[None]: ...

class MutableSet_pop(Var[Callable[..., Any]], Generic[_T]):
    def __call__(self) -> Var[_T]: ...

class MutableSet_remove(Var[Callable[..., Any]], Generic[_T]):
    def __call__(self, value: _T | Var[_T], /) -> Var[None]: ...

class AbstractSet_isdisjoint(Var[Callable[..., Any]]):
    def __call__(self, other: Var[typing.Iterable[Any]] | typing.Iterable[Any], /) -> Var[bool]: ...

class MutableMapping_clear(Var[Callable[..., Any]]):
    def __call__(self) -> Var[None]: ...

class MutableMapping_pop(Var[Callable[..., Any]], Generic[_KT, _VT]):
    @overload
    def __call__(self, key: _KT | Var[_KT], /) -> Var[_VT]: ...
    @overload
    def __call__(self, key: _KT | Var[_KT], default: _VT | Var[_VT], /) -> Var[_VT]: ...
    @overload
    def __call__(self, key: _KT | Var[_KT], default: Var[_T], /) -> Var[_VT | _T]: ...
    @overload
    def __call__(self, key: _KT | Var[_KT], default: _T, /) -> Var[_VT | _T]: ...

class MutableMapping_popitem(Var[Callable[..., Any]], Generic[_KT, _VT]):
    def __call__(self) -> Var[tuple[_KT, _VT]]: ...

class MutableMapping_setdefault(Var[Callable[..., Any]], Generic[_Receiver_co]):
    @overload
    def __call__(
        self: MutableMapping_setdefault[typing.MutableMapping[_KT, _T | None]],
        key: _KT | Var[_KT],
        default: None | Var[None] = None,
        /,
    ) -> Var[_T | None]: ...
    @overload
    def __call__(
        self: MutableMapping_setdefault[typing.MutableMapping[_KT, _VT]],
        key: _KT | Var[_KT],
        default: _VT | Var[_VT],
        /,
    ) -> Var[_VT]: ...

class MutableMapping_update(Var[Callable[..., Any]], Generic[_Receiver_co]):
    @overload
    def __call__(
        self: MutableMapping_update[typing.MutableMapping[_KT, _VT]],
        m: Var[_typeshed.SupportsKeysAndGetItem[_KT, _VT]] | _typeshed.SupportsKeysAndGetItem[_KT, _VT | Var[_VT]],
        /,
    ) -> Var[None]: ...
    @overload
    def __call__(
        self: MutableMapping_update[typing.MutableMapping[_KT2, _VT]],
        m: Var[_typeshed.SupportsKeysAndGetItem[str, _VT]] | _typeshed.SupportsKeysAndGetItem[str, _VT | Var[_VT]],
        /,
        **kwargs: _VT | Var[_VT],
    ) -> Var[None]: ...
    @overload
    def __call__(
        self: MutableMapping_update[typing.MutableMapping[_KT, _VT]],
        m: Var[typing.Iterable[tuple[_KT, _VT]]] | typing.Iterable[tuple[_KT | Var[_KT], _VT | Var[_VT]] | Var[tuple[_KT, _VT]]],
        /,
    ) -> Var[None]: ...
    @overload
    def __call__(
        self: MutableMapping_update[typing.MutableMapping[_KT2, _VT]],
        m: Var[typing.Iterable[tuple[str, _VT]]] | typing.Iterable[tuple[str | Var[str], _VT | Var[_VT]] | Var[tuple[str, _VT]]],
        /,
        **kwargs: _VT | Var[_VT],
    ) -> Var[None]: ...
    @overload
    def __call__(
        self: MutableMapping_update[typing.MutableMapping[_KT2, _VT]],
        **kwargs: _VT | Var[_VT],
    ) -> Var[None]: ...

class Mapping_get(Var[Callable[..., Any]], Generic[_KT, _VT_co]):
    @overload
    def __call__(self, key: _KT | Var[_KT], /) -> Var[_VT_co | None]: ...
    @overload
    def __call__(self, key: _KT | Var[_KT], default: _VT_co | Var[_VT_co], /) -> Var[_VT_co]: ...
    @overload
    def __call__(self, key: _KT | Var[_KT], default: Var[_T], /) -> Var[_VT_co | _T]: ...
    @overload
    def __call__(self, key: _KT | Var[_KT], default: _T, /) -> Var[_VT_co | _T]: ...

class Mapping_items(Var[Callable[..., Any]], Generic[_KT, _VT_co]):
    def __call__(self) -> Var[typing.ItemsView[_KT, _VT_co]]: ...

class Mapping_keys(Var[Callable[..., Any]], Generic[_KT]):
    def __call__(self) -> Var[typing.KeysView[_KT]]: ...

class Mapping_values(Var[Callable[..., Any]], Generic[_VT_co]):
    def __call__(self) -> Var[typing.ValuesView[_VT_co]]: ...

class MutableSequence_append(Var[Callable[..., Any]], Generic[_T]):
    def __call__(self, value: _T | Var[_T], /) -> Var[None]: ...

class MutableSequence_clear(Var[Callable[..., Any]]):
    def __call__(self) -> Var[None]: ...

class MutableSequence_extend(Var[Callable[..., Any]], Generic[_T]):
    def __call__(
        self,
        values: Var[typing.Iterable[_T]] | typing.Iterable[_T | Var[_T]],
        /,
    ) -> Var[None]: ...

class MutableSequence_insert(Var[Callable[..., Any]], Generic[_T]):
    def __call__(self, index: int | Var[int], value: _T | Var[_T], /) -> Var[None]: ...

class MutableSequence_pop(Var[Callable[..., Any]], Generic[_T]):
    def __call__(self, index: int | Var[int] = -1, /) -> Var[_T]: ...

class MutableSequence_remove(Var[Callable[..., Any]], Generic[_T]):
    def __call__(self, value: _T | Var[_T], /) -> Var[None]: ...

class MutableSequence_reverse(Var[Callable[..., Any]]):
    def __call__(self) -> Var[None]: ...

class Sequence_count(Var[Callable[..., Any]]):
    def __call__(self, value: Any, /) -> Var[int]: ...

class Sequence_index(Var[Callable[..., Any]]):
    def __call__(
        self,
        value: Any,
        start: int | Var[int] = 0,
        stop: int | Var[int] = ...,
        /,
    ) -> Var[int]: ...
class _Has_add(Protocol[_R_co]):
    @property
    def add(self) -> _R_co: ...
class _Name_add(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_add[set[_T]], obj: _Obj, owner: Any = ...) -> set_add[_T]: ...
    @overload
    def __get__(self: _Name_add[typing.MutableSet[_T]], obj: _Obj, owner: Any = ...) -> MutableSet_add[_T]: ...
    @overload
    def __get__(self: _Name_add[_Has_add[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_append(Protocol[_R_co]):
    @property
    def append(self) -> _R_co: ...
class _Name_append(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_append[bytearray], obj: _Obj, owner: Any = ...) -> bytearray_append: ...
    @overload
    def __get__(self: _Name_append[list[_T]], obj: _Obj, owner: Any = ...) -> list_append[_T]: ...
    @overload
    def __get__(self: _Name_append[typing.MutableSequence[_T]], obj: _Obj, owner: Any = ...) -> MutableSequence_append[_T]: ...
    @overload
    def __get__(self: _Name_append[_Has_append[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_as_integer_ratio(Protocol[_R_co]):
    @property
    def as_integer_ratio(self) -> _R_co: ...
class _Name_as_integer_ratio:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[int], owner: Any = ...) -> int_as_integer_ratio: ...
    @overload
    def __get__(self, obj: Var[float], owner: Any = ...) -> float_as_integer_ratio: ...
    @overload
    def __get__(self, obj: Var[_Has_as_integer_ratio[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_bit_count(Protocol[_R_co]):
    @property
    def bit_count(self) -> _R_co: ...
class _Name_bit_count:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[int], owner: Any = ...) -> int_bit_count: ...
    @overload
    def __get__(self, obj: Var[_Has_bit_count[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_bit_length(Protocol[_R_co]):
    @property
    def bit_length(self) -> _R_co: ...
class _Name_bit_length:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[int], owner: Any = ...) -> int_bit_length: ...
    @overload
    def __get__(self, obj: Var[_Has_bit_length[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Sets_c_contiguous(Protocol[_R]):
    c_contiguous: _R
class _Has_c_contiguous(Protocol[_R_co]):
    @property
    def c_contiguous(self) -> _R_co: ...
class _Name_c_contiguous(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_c_contiguous[memoryview[Any]], obj: _Obj, owner: Any = ...) -> Var[bool]: ...
    @overload
    def __get__(self: _Name_c_contiguous[_Has_c_contiguous[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    @overload
    def __set__(self, obj: Var[_HasIt], value: Any) -> None: ...
    @overload
    def __set__(self, obj: Var[_Sets_c_contiguous[_R]], value: Var[_R]) -> None: ...
    @overload
    def __set__(self, obj: Var[_Sets_c_contiguous[_L]], value: _L) -> None: ...
    def __delete__(self, obj: Any) -> None: ...
class _Has_capitalize(Protocol[_R_co]):
    @property
    def capitalize(self) -> _R_co: ...
class _Name_capitalize:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[str], owner: Any = ...) -> str_capitalize: ...
    @overload
    def __get__(self, obj: Var[bytes], owner: Any = ...) -> bytes_capitalize: ...
    @overload
    def __get__(self, obj: Var[bytearray], owner: Any = ...) -> bytearray_capitalize: ...
    @overload
    def __get__(self, obj: Var[_Has_capitalize[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_casefold(Protocol[_R_co]):
    @property
    def casefold(self) -> _R_co: ...
class _Name_casefold:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[str], owner: Any = ...) -> str_casefold: ...
    @overload
    def __get__(self, obj: Var[_Has_casefold[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_cast(Protocol[_R_co]):
    @property
    def cast(self) -> _R_co: ...
class _Name_cast(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_cast[memoryview[Any]], obj: _Obj, owner: Any = ...) -> memoryview_cast: ...
    @overload
    def __get__(self: _Name_cast[_Has_cast[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_center(Protocol[_R_co]):
    @property
    def center(self) -> _R_co: ...
class _Name_center:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[str], owner: Any = ...) -> str_center: ...
    @overload
    def __get__(self, obj: Var[bytes], owner: Any = ...) -> bytes_center: ...
    @overload
    def __get__(self, obj: Var[bytearray], owner: Any = ...) -> bytearray_center: ...
    @overload
    def __get__(self, obj: Var[_Has_center[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_clear(Protocol[_R_co]):
    @property
    def clear(self) -> _R_co: ...
class _Name_clear(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_clear[typing.MutableSet[Any]], obj: _Obj, owner: Any = ...) -> MutableSet_clear: ...
    @overload
    def __get__(self: _Name_clear[typing.MutableMapping[Any, Any]], obj: _Obj, owner: Any = ...) -> MutableMapping_clear: ...
    @overload
    def __get__(self: _Name_clear[typing.MutableSequence[Any]], obj: _Obj, owner: Any = ...) -> MutableSequence_clear: ...
    @overload
    def __get__(self: _Name_clear[_Has_clear[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_conjugate(Protocol[_R_co]):
    @property
    def conjugate(self) -> _R_co: ...
class _Name_conjugate:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[int], owner: Any = ...) -> int_conjugate: ...
    @overload
    def __get__(self, obj: Var[float], owner: Any = ...) -> float_conjugate: ...
    @overload
    def __get__(self, obj: Var[complex], owner: Any = ...) -> complex_conjugate: ...
    @overload
    def __get__(self, obj: Var[_Has_conjugate[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Sets_contiguous(Protocol[_R]):
    contiguous: _R
class _Has_contiguous(Protocol[_R_co]):
    @property
    def contiguous(self) -> _R_co: ...
class _Name_contiguous(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_contiguous[memoryview[Any]], obj: _Obj, owner: Any = ...) -> Var[bool]: ...
    @overload
    def __get__(self: _Name_contiguous[_Has_contiguous[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    @overload
    def __set__(self, obj: Var[_HasIt], value: Any) -> None: ...
    @overload
    def __set__(self, obj: Var[_Sets_contiguous[_R]], value: Var[_R]) -> None: ...
    @overload
    def __set__(self, obj: Var[_Sets_contiguous[_L]], value: _L) -> None: ...
    def __delete__(self, obj: Any) -> None: ...
class _Has_copy(Protocol[_R_co]):
    @property
    def copy(self) -> _R_co: ...
class _Name_copy(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_copy[bytearray], obj: _Obj, owner: Any = ...) -> bytearray_copy: ...
    @overload
    def __get__(self: _Name_copy[list[_T]], obj: _Obj, owner: Any = ...) -> list_copy[_T]: ...
    @overload
    def __get__(self: _Name_copy[dict[_KT, _VT]], obj: _Obj, owner: Any = ...) -> dict_copy[_KT, _VT]: ...
    @overload
    def __get__(self: _Name_copy[set[_T]], obj: _Obj, owner: Any = ...) -> set_copy[_T]: ...
    @overload
    def __get__(self: _Name_copy[frozenset[_T_co]], obj: _Obj, owner: Any = ...) -> frozenset_copy[_T_co]: ...
    @overload
    def __get__(self: _Name_copy[types.MappingProxyType[_KT_co, _VT_co]], obj: _Obj, owner: Any = ...) -> MappingProxyType_copy[_KT_co, _VT_co]: ...
    @overload
    def __get__(self: _Name_copy[_Has_copy[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Sets_count(Protocol[_R]):
    count: _R
class _Has_count(Protocol[_R_co]):
    @property
    def count(self) -> _R_co: ...
class _Name_count(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_count[str], obj: _Obj, owner: Any = ...) -> str_count: ...
    @overload
    def __get__(self: _Name_count[bytes], obj: _Obj, owner: Any = ...) -> bytes_count: ...
    @overload
    def __get__(self: _Name_count[bytearray], obj: _Obj, owner: Any = ...) -> bytearray_count: ...
    @overload
    def __get__(self: _Name_count[memoryview[Any]], obj: _Obj, owner: Any = ...) -> Var[None]: ...
    @overload
    def __get__(self: _Name_count[type[memoryview[Any]]], obj: _Obj, owner: Any = ...) -> Var[None]: ...
    @overload
    def __get__(self: _Name_count[range], obj: _Obj, owner: Any = ...) -> range_count: ...
    @overload
    def __get__(self: _Name_count[tuple[Any, ...]], obj: _Obj, owner: Any = ...) -> tuple_count: ...
    @overload
    def __get__(self: _Name_count[list[_T]], obj: _Obj, owner: Any = ...) -> list_count[_T]: ...
    @overload
    def __get__(self: _Name_count[typing.Sequence[Any]], obj: _Obj, owner: Any = ...) -> Sequence_count: ...
    @overload
    def __get__(self: _Name_count[_Has_count[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    @overload
    def __set__(self, obj: Var[_HasIt], value: Any) -> None: ...
    @overload
    def __set__(self, obj: Var[_Sets_count[_R]], value: Var[_R]) -> None: ...
    @overload
    def __set__(self, obj: Var[_Sets_count[_L]], value: _L) -> None: ...
    def __delete__(self, obj: Any) -> None: ...
class _Has_decode(Protocol[_R_co]):
    @property
    def decode(self) -> _R_co: ...
class _Name_decode:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[bytes], owner: Any = ...) -> bytes_decode: ...
    @overload
    def __get__(self, obj: Var[bytearray], owner: Any = ...) -> bytearray_decode: ...
    @overload
    def __get__(self, obj: Var[_Has_decode[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Sets_denominator(Protocol[_R]):
    denominator: _R
class _Has_denominator(Protocol[_R_co]):
    @property
    def denominator(self) -> _R_co: ...
class _Name_denominator:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[int], owner: Any = ...) -> Var[Literal[1]]: ...
    @overload
    def __get__(self, obj: Var[_Has_denominator[_R]], owner: Any = ...) -> Var[_R]: ...
    @overload
    def __set__(self, obj: Var[_HasIt], value: Any) -> None: ...
    @overload
    def __set__(self, obj: Var[_Sets_denominator[_R]], value: Var[_R]) -> None: ...
    @overload
    def __set__(self, obj: Var[_Sets_denominator[_L]], value: _L) -> None: ...
    def __delete__(self, obj: Any) -> None: ...
class _Has_difference(Protocol[_R_co]):
    @property
    def difference(self) -> _R_co: ...
class _Name_difference(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_difference[set[_T]], obj: _Obj, owner: Any = ...) -> set_difference[_T]: ...
    @overload
    def __get__(self: _Name_difference[frozenset[_T_co]], obj: _Obj, owner: Any = ...) -> frozenset_difference[_T_co]: ...
    @overload
    def __get__(self: _Name_difference[_Has_difference[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_difference_update(Protocol[_R_co]):
    @property
    def difference_update(self) -> _R_co: ...
class _Name_difference_update(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_difference_update[set[Any]], obj: _Obj, owner: Any = ...) -> set_difference_update: ...
    @overload
    def __get__(self: _Name_difference_update[_Has_difference_update[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_discard(Protocol[_R_co]):
    @property
    def discard(self) -> _R_co: ...
class _Name_discard(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_discard[set[Any]], obj: _Obj, owner: Any = ...) -> set_discard: ...
    @overload
    def __get__(self: _Name_discard[typing.MutableSet[_T]], obj: _Obj, owner: Any = ...) -> MutableSet_discard[_T]: ...
    @overload
    def __get__(self: _Name_discard[_Has_discard[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_encode(Protocol[_R_co]):
    @property
    def encode(self) -> _R_co: ...
class _Name_encode:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[str], owner: Any = ...) -> str_encode: ...
    @overload
    def __get__(self, obj: Var[_Has_encode[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_endswith(Protocol[_R_co]):
    @property
    def endswith(self) -> _R_co: ...
class _Name_endswith:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[str], owner: Any = ...) -> str_endswith: ...
    @overload
    def __get__(self, obj: Var[bytes], owner: Any = ...) -> bytes_endswith: ...
    @overload
    def __get__(self, obj: Var[bytearray], owner: Any = ...) -> bytearray_endswith: ...
    @overload
    def __get__(self, obj: Var[_Has_endswith[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_expandtabs(Protocol[_R_co]):
    @property
    def expandtabs(self) -> _R_co: ...
class _Name_expandtabs:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[str], owner: Any = ...) -> str_expandtabs: ...
    @overload
    def __get__(self, obj: Var[bytes], owner: Any = ...) -> bytes_expandtabs: ...
    @overload
    def __get__(self, obj: Var[bytearray], owner: Any = ...) -> bytearray_expandtabs: ...
    @overload
    def __get__(self, obj: Var[_Has_expandtabs[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_extend(Protocol[_R_co]):
    @property
    def extend(self) -> _R_co: ...
class _Name_extend(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_extend[bytearray], obj: _Obj, owner: Any = ...) -> bytearray_extend: ...
    @overload
    def __get__(self: _Name_extend[list[_T]], obj: _Obj, owner: Any = ...) -> list_extend[_T]: ...
    @overload
    def __get__(self: _Name_extend[typing.MutableSequence[_T]], obj: _Obj, owner: Any = ...) -> MutableSequence_extend[_T]: ...
    @overload
    def __get__(self: _Name_extend[_Has_extend[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Sets_f_contiguous(Protocol[_R]):
    f_contiguous: _R
class _Has_f_contiguous(Protocol[_R_co]):
    @property
    def f_contiguous(self) -> _R_co: ...
class _Name_f_contiguous(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_f_contiguous[memoryview[Any]], obj: _Obj, owner: Any = ...) -> Var[bool]: ...
    @overload
    def __get__(self: _Name_f_contiguous[_Has_f_contiguous[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    @overload
    def __set__(self, obj: Var[_HasIt], value: Any) -> None: ...
    @overload
    def __set__(self, obj: Var[_Sets_f_contiguous[_R]], value: Var[_R]) -> None: ...
    @overload
    def __set__(self, obj: Var[_Sets_f_contiguous[_L]], value: _L) -> None: ...
    def __delete__(self, obj: Any) -> None: ...
class _Has_find(Protocol[_R_co]):
    @property
    def find(self) -> _R_co: ...
class _Name_find:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[str], owner: Any = ...) -> str_find: ...
    @overload
    def __get__(self, obj: Var[bytes], owner: Any = ...) -> bytes_find: ...
    @overload
    def __get__(self, obj: Var[bytearray], owner: Any = ...) -> bytearray_find: ...
    @overload
    def __get__(self, obj: Var[_Has_find[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Sets_format(Protocol[_R]):
    format: _R
class _Has_format(Protocol[_R_co]):
    @property
    def format(self) -> _R_co: ...
class _Name_format(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_format[str], obj: _Obj, owner: Any = ...) -> str_format: ...
    @overload
    def __get__(self: _Name_format[memoryview[Any]], obj: _Obj, owner: Any = ...) -> Var[str]: ...
    @overload
    def __get__(self: _Name_format[_Has_format[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    @overload
    def __set__(self, obj: Var[_HasIt], value: Any) -> None: ...
    @overload
    def __set__(self, obj: Var[_Sets_format[_R]], value: Var[_R]) -> None: ...
    @overload
    def __set__(self, obj: Var[_Sets_format[_L]], value: _L) -> None: ...
    def __delete__(self, obj: Any) -> None: ...
class _Has_format_map(Protocol[_R_co]):
    @property
    def format_map(self) -> _R_co: ...
class _Name_format_map:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[str], owner: Any = ...) -> str_format_map: ...
    @overload
    def __get__(self, obj: Var[_Has_format_map[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_from_bytes(Protocol[_R_co]):
    @property
    def from_bytes(self) -> _R_co: ...
class _Name_from_bytes:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[_Selfint], owner: Any = ...) -> int_from_bytes[_Selfint]: ...
    @overload
    def __get__(self, obj: Var[type[_Selfint]], owner: Any = ...) -> int_from_bytes[_Selfint]: ...
    @overload
    def __get__(self, obj: Var[_Has_from_bytes[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_fromhex(Protocol[_R_co]):
    @property
    def fromhex(self) -> _R_co: ...
class _Name_fromhex:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[_Selffloat], owner: Any = ...) -> float_fromhex[_Selffloat]: ...
    @overload
    def __get__(self, obj: Var[type[_Selffloat]], owner: Any = ...) -> float_fromhex[_Selffloat]: ...
    @overload
    def __get__(self, obj: Var[_Selfbytes], owner: Any = ...) -> bytes_fromhex[_Selfbytes]: ...
    @overload
    def __get__(self, obj: Var[type[_Selfbytes]], owner: Any = ...) -> bytes_fromhex[_Selfbytes]: ...
    @overload
    def __get__(self, obj: Var[_Selfbytearray], owner: Any = ...) -> bytearray_fromhex[_Selfbytearray]: ...
    @overload
    def __get__(self, obj: Var[type[_Selfbytearray]], owner: Any = ...) -> bytearray_fromhex[_Selfbytearray]: ...
    @overload
    def __get__(self, obj: Var[_Has_fromhex[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_fromkeys(Protocol[_R_co]):
    @property
    def fromkeys(self) -> _R_co: ...
class _Name_fromkeys(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_fromkeys[dict[Any, Any]], obj: _Obj, owner: Any = ...) -> dict_fromkeys: ...
    @overload
    def __get__(self: _Name_fromkeys[type[dict[Any, Any]]], obj: _Obj, owner: Any = ...) -> dict_fromkeys: ...
    @overload
    def __get__(self: _Name_fromkeys[_Has_fromkeys[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_get(Protocol[_R_co]):
    @property
    def get(self) -> _R_co: ...
class _Name_get(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_get[dict[_KT, _VT]], obj: _Obj, owner: Any = ...) -> dict_get[_KT, _VT]: ...
    @overload
    def __get__(self: _Name_get[types.MappingProxyType[_KT_co, _VT_co]], obj: _Obj, owner: Any = ...) -> MappingProxyType_get[_KT_co, _VT_co]: ...
    @overload
    def __get__(self: _Name_get[typing.Mapping[_KT, _VT_co]], obj: _Obj, owner: Any = ...) -> Mapping_get[_KT, _VT_co]: ...
    @overload
    def __get__(self: _Name_get[_Has_get[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_hex(Protocol[_R_co]):
    @property
    def hex(self) -> _R_co: ...
class _Name_hex(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_hex[float], obj: _Obj, owner: Any = ...) -> float_hex: ...
    @overload
    def __get__(self: _Name_hex[bytes], obj: _Obj, owner: Any = ...) -> bytes_hex: ...
    @overload
    def __get__(self: _Name_hex[bytearray], obj: _Obj, owner: Any = ...) -> bytearray_hex: ...
    @overload
    def __get__(self: _Name_hex[memoryview[Any]], obj: _Obj, owner: Any = ...) -> memoryview_hex: ...
    @overload
    def __get__(self: _Name_hex[_Has_hex[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Sets_imag(Protocol[_R]):
    imag: _R
class _Has_imag(Protocol[_R_co]):
    @property
    def imag(self) -> _R_co: ...
class _Name_imag:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[int], owner: Any = ...) -> Var[Literal[0]]: ...
    @overload
    def __get__(self, obj: Var[float], owner: Any = ...) -> Var[float]: ...
    @overload
    def __get__(self, obj: Var[complex], owner: Any = ...) -> Var[float]: ...
    @overload
    def __get__(self, obj: Var[_Has_imag[_R]], owner: Any = ...) -> Var[_R]: ...
    @overload
    def __set__(self, obj: Var[_HasIt], value: Any) -> None: ...
    @overload
    def __set__(self, obj: Var[_Sets_imag[_R]], value: Var[_R]) -> None: ...
    @overload
    def __set__(self, obj: Var[_Sets_imag[_L]], value: _L) -> None: ...
    def __delete__(self, obj: Any) -> None: ...
class _Sets_index(Protocol[_R]):
    index: _R
class _Has_index(Protocol[_R_co]):
    @property
    def index(self) -> _R_co: ...
class _Name_index(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_index[str], obj: _Obj, owner: Any = ...) -> str_index: ...
    @overload
    def __get__(self: _Name_index[bytes], obj: _Obj, owner: Any = ...) -> bytes_index: ...
    @overload
    def __get__(self: _Name_index[bytearray], obj: _Obj, owner: Any = ...) -> bytearray_index: ...
    @overload
    def __get__(self: _Name_index[memoryview[Any]], obj: _Obj, owner: Any = ...) -> Var[None]: ...
    @overload
    def __get__(self: _Name_index[type[memoryview[Any]]], obj: _Obj, owner: Any = ...) -> Var[None]: ...
    @overload
    def __get__(self: _Name_index[range], obj: _Obj, owner: Any = ...) -> range_index: ...
    @overload
    def __get__(self: _Name_index[tuple[Any, ...]], obj: _Obj, owner: Any = ...) -> tuple_index: ...
    @overload
    def __get__(self: _Name_index[list[_T]], obj: _Obj, owner: Any = ...) -> list_index[_T]: ...
    @overload
    def __get__(self: _Name_index[typing.Sequence[Any]], obj: _Obj, owner: Any = ...) -> Sequence_index: ...
    @overload
    def __get__(self: _Name_index[_Has_index[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    @overload
    def __set__(self, obj: Var[_HasIt], value: Any) -> None: ...
    @overload
    def __set__(self, obj: Var[_Sets_index[_R]], value: Var[_R]) -> None: ...
    @overload
    def __set__(self, obj: Var[_Sets_index[_L]], value: _L) -> None: ...
    def __delete__(self, obj: Any) -> None: ...
class _Has_indices(Protocol[_R_co]):
    @property
    def indices(self) -> _R_co: ...
class _Name_indices(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_indices[slice[Any, Any, Any]], obj: _Obj, owner: Any = ...) -> slice_indices: ...
    @overload
    def __get__(self: _Name_indices[_Has_indices[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_insert(Protocol[_R_co]):
    @property
    def insert(self) -> _R_co: ...
class _Name_insert(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_insert[bytearray], obj: _Obj, owner: Any = ...) -> bytearray_insert: ...
    @overload
    def __get__(self: _Name_insert[list[_T]], obj: _Obj, owner: Any = ...) -> list_insert[_T]: ...
    @overload
    def __get__(self: _Name_insert[typing.MutableSequence[_T]], obj: _Obj, owner: Any = ...) -> MutableSequence_insert[_T]: ...
    @overload
    def __get__(self: _Name_insert[_Has_insert[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_intersection(Protocol[_R_co]):
    @property
    def intersection(self) -> _R_co: ...
class _Name_intersection(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_intersection[set[_T]], obj: _Obj, owner: Any = ...) -> set_intersection[_T]: ...
    @overload
    def __get__(self: _Name_intersection[frozenset[_T_co]], obj: _Obj, owner: Any = ...) -> frozenset_intersection[_T_co]: ...
    @overload
    def __get__(self: _Name_intersection[_Has_intersection[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_intersection_update(Protocol[_R_co]):
    @property
    def intersection_update(self) -> _R_co: ...
class _Name_intersection_update(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_intersection_update[set[Any]], obj: _Obj, owner: Any = ...) -> set_intersection_update: ...
    @overload
    def __get__(self: _Name_intersection_update[_Has_intersection_update[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_is_integer(Protocol[_R_co]):
    @property
    def is_integer(self) -> _R_co: ...
class _Name_is_integer:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[float], owner: Any = ...) -> float_is_integer: ...
    @overload
    def __get__(self, obj: Var[_Has_is_integer[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_isalnum(Protocol[_R_co]):
    @property
    def isalnum(self) -> _R_co: ...
class _Name_isalnum:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[str], owner: Any = ...) -> str_isalnum: ...
    @overload
    def __get__(self, obj: Var[bytes], owner: Any = ...) -> bytes_isalnum: ...
    @overload
    def __get__(self, obj: Var[bytearray], owner: Any = ...) -> bytearray_isalnum: ...
    @overload
    def __get__(self, obj: Var[_Has_isalnum[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_isalpha(Protocol[_R_co]):
    @property
    def isalpha(self) -> _R_co: ...
class _Name_isalpha:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[str], owner: Any = ...) -> str_isalpha: ...
    @overload
    def __get__(self, obj: Var[bytes], owner: Any = ...) -> bytes_isalpha: ...
    @overload
    def __get__(self, obj: Var[bytearray], owner: Any = ...) -> bytearray_isalpha: ...
    @overload
    def __get__(self, obj: Var[_Has_isalpha[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_isascii(Protocol[_R_co]):
    @property
    def isascii(self) -> _R_co: ...
class _Name_isascii:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[str], owner: Any = ...) -> str_isascii: ...
    @overload
    def __get__(self, obj: Var[bytes], owner: Any = ...) -> bytes_isascii: ...
    @overload
    def __get__(self, obj: Var[bytearray], owner: Any = ...) -> bytearray_isascii: ...
    @overload
    def __get__(self, obj: Var[_Has_isascii[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_isdecimal(Protocol[_R_co]):
    @property
    def isdecimal(self) -> _R_co: ...
class _Name_isdecimal:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[str], owner: Any = ...) -> str_isdecimal: ...
    @overload
    def __get__(self, obj: Var[_Has_isdecimal[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_isdigit(Protocol[_R_co]):
    @property
    def isdigit(self) -> _R_co: ...
class _Name_isdigit:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[str], owner: Any = ...) -> str_isdigit: ...
    @overload
    def __get__(self, obj: Var[bytes], owner: Any = ...) -> bytes_isdigit: ...
    @overload
    def __get__(self, obj: Var[bytearray], owner: Any = ...) -> bytearray_isdigit: ...
    @overload
    def __get__(self, obj: Var[_Has_isdigit[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_isdisjoint(Protocol[_R_co]):
    @property
    def isdisjoint(self) -> _R_co: ...
class _Name_isdisjoint(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_isdisjoint[set[Any]], obj: _Obj, owner: Any = ...) -> set_isdisjoint: ...
    @overload
    def __get__(self: _Name_isdisjoint[frozenset[Any]], obj: _Obj, owner: Any = ...) -> frozenset_isdisjoint: ...
    @overload
    def __get__(self: _Name_isdisjoint[typing.AbstractSet[Any]], obj: _Obj, owner: Any = ...) -> AbstractSet_isdisjoint: ...
    @overload
    def __get__(self: _Name_isdisjoint[_Has_isdisjoint[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_isidentifier(Protocol[_R_co]):
    @property
    def isidentifier(self) -> _R_co: ...
class _Name_isidentifier:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[str], owner: Any = ...) -> str_isidentifier: ...
    @overload
    def __get__(self, obj: Var[_Has_isidentifier[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_islower(Protocol[_R_co]):
    @property
    def islower(self) -> _R_co: ...
class _Name_islower:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[str], owner: Any = ...) -> str_islower: ...
    @overload
    def __get__(self, obj: Var[bytes], owner: Any = ...) -> bytes_islower: ...
    @overload
    def __get__(self, obj: Var[bytearray], owner: Any = ...) -> bytearray_islower: ...
    @overload
    def __get__(self, obj: Var[_Has_islower[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_isnumeric(Protocol[_R_co]):
    @property
    def isnumeric(self) -> _R_co: ...
class _Name_isnumeric:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[str], owner: Any = ...) -> str_isnumeric: ...
    @overload
    def __get__(self, obj: Var[_Has_isnumeric[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_isprintable(Protocol[_R_co]):
    @property
    def isprintable(self) -> _R_co: ...
class _Name_isprintable:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[str], owner: Any = ...) -> str_isprintable: ...
    @overload
    def __get__(self, obj: Var[_Has_isprintable[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_isspace(Protocol[_R_co]):
    @property
    def isspace(self) -> _R_co: ...
class _Name_isspace:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[str], owner: Any = ...) -> str_isspace: ...
    @overload
    def __get__(self, obj: Var[bytes], owner: Any = ...) -> bytes_isspace: ...
    @overload
    def __get__(self, obj: Var[bytearray], owner: Any = ...) -> bytearray_isspace: ...
    @overload
    def __get__(self, obj: Var[_Has_isspace[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_issubset(Protocol[_R_co]):
    @property
    def issubset(self) -> _R_co: ...
class _Name_issubset(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_issubset[set[Any]], obj: _Obj, owner: Any = ...) -> set_issubset: ...
    @overload
    def __get__(self: _Name_issubset[frozenset[Any]], obj: _Obj, owner: Any = ...) -> frozenset_issubset: ...
    @overload
    def __get__(self: _Name_issubset[_Has_issubset[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_issuperset(Protocol[_R_co]):
    @property
    def issuperset(self) -> _R_co: ...
class _Name_issuperset(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_issuperset[set[Any]], obj: _Obj, owner: Any = ...) -> set_issuperset: ...
    @overload
    def __get__(self: _Name_issuperset[frozenset[Any]], obj: _Obj, owner: Any = ...) -> frozenset_issuperset: ...
    @overload
    def __get__(self: _Name_issuperset[_Has_issuperset[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_istitle(Protocol[_R_co]):
    @property
    def istitle(self) -> _R_co: ...
class _Name_istitle:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[str], owner: Any = ...) -> str_istitle: ...
    @overload
    def __get__(self, obj: Var[bytes], owner: Any = ...) -> bytes_istitle: ...
    @overload
    def __get__(self, obj: Var[bytearray], owner: Any = ...) -> bytearray_istitle: ...
    @overload
    def __get__(self, obj: Var[_Has_istitle[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_isupper(Protocol[_R_co]):
    @property
    def isupper(self) -> _R_co: ...
class _Name_isupper:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[str], owner: Any = ...) -> str_isupper: ...
    @overload
    def __get__(self, obj: Var[bytes], owner: Any = ...) -> bytes_isupper: ...
    @overload
    def __get__(self, obj: Var[bytearray], owner: Any = ...) -> bytearray_isupper: ...
    @overload
    def __get__(self, obj: Var[_Has_isupper[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_items(Protocol[_R_co]):
    @property
    def items(self) -> _R_co: ...
class _Name_items(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_items[dict[_KT, _VT]], obj: _Obj, owner: Any = ...) -> dict_items[_KT, _VT]: ...
    @overload
    def __get__(self: _Name_items[types.MappingProxyType[_KT_co, _VT_co]], obj: _Obj, owner: Any = ...) -> MappingProxyType_items[_KT_co, _VT_co]: ...
    @overload
    def __get__(self: _Name_items[typing.Mapping[_KT, _VT_co]], obj: _Obj, owner: Any = ...) -> Mapping_items[_KT, _VT_co]: ...
    @overload
    def __get__(self: _Name_items[_Has_items[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Sets_itemsize(Protocol[_R]):
    itemsize: _R
class _Has_itemsize(Protocol[_R_co]):
    @property
    def itemsize(self) -> _R_co: ...
class _Name_itemsize(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_itemsize[memoryview[Any]], obj: _Obj, owner: Any = ...) -> Var[int]: ...
    @overload
    def __get__(self: _Name_itemsize[_Has_itemsize[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    @overload
    def __set__(self, obj: Var[_HasIt], value: Any) -> None: ...
    @overload
    def __set__(self, obj: Var[_Sets_itemsize[_R]], value: Var[_R]) -> None: ...
    @overload
    def __set__(self, obj: Var[_Sets_itemsize[_L]], value: _L) -> None: ...
    def __delete__(self, obj: Any) -> None: ...
class _Has_join(Protocol[_R_co]):
    @property
    def join(self) -> _R_co: ...
class _Name_join:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[str], owner: Any = ...) -> str_join: ...
    @overload
    def __get__(self, obj: Var[bytes], owner: Any = ...) -> bytes_join: ...
    @overload
    def __get__(self, obj: Var[bytearray], owner: Any = ...) -> bytearray_join: ...
    @overload
    def __get__(self, obj: Var[_Has_join[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_keys(Protocol[_R_co]):
    @property
    def keys(self) -> _R_co: ...
class _Name_keys(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_keys[dict[_KT, _VT]], obj: _Obj, owner: Any = ...) -> dict_keys[_KT, _VT]: ...
    @overload
    def __get__(self: _Name_keys[types.MappingProxyType[_KT_co, Any]], obj: _Obj, owner: Any = ...) -> MappingProxyType_keys[_KT_co]: ...
    @overload
    def __get__(self: _Name_keys[typing.Mapping[_KT, Any]], obj: _Obj, owner: Any = ...) -> Mapping_keys[_KT]: ...
    @overload
    def __get__(self: _Name_keys[_Has_keys[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_ljust(Protocol[_R_co]):
    @property
    def ljust(self) -> _R_co: ...
class _Name_ljust:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[str], owner: Any = ...) -> str_ljust: ...
    @overload
    def __get__(self, obj: Var[bytes], owner: Any = ...) -> bytes_ljust: ...
    @overload
    def __get__(self, obj: Var[bytearray], owner: Any = ...) -> bytearray_ljust: ...
    @overload
    def __get__(self, obj: Var[_Has_ljust[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_lower(Protocol[_R_co]):
    @property
    def lower(self) -> _R_co: ...
class _Name_lower:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[str], owner: Any = ...) -> str_lower: ...
    @overload
    def __get__(self, obj: Var[bytes], owner: Any = ...) -> bytes_lower: ...
    @overload
    def __get__(self, obj: Var[bytearray], owner: Any = ...) -> bytearray_lower: ...
    @overload
    def __get__(self, obj: Var[_Has_lower[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_lstrip(Protocol[_R_co]):
    @property
    def lstrip(self) -> _R_co: ...
class _Name_lstrip:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[str], owner: Any = ...) -> str_lstrip: ...
    @overload
    def __get__(self, obj: Var[bytes], owner: Any = ...) -> bytes_lstrip: ...
    @overload
    def __get__(self, obj: Var[bytearray], owner: Any = ...) -> bytearray_lstrip: ...
    @overload
    def __get__(self, obj: Var[_Has_lstrip[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_maketrans(Protocol[_R_co]):
    @property
    def maketrans(self) -> _R_co: ...
class _Name_maketrans:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[str], owner: Any = ...) -> str_maketrans: ...
    @overload
    def __get__(self, obj: Var[type[str]], owner: Any = ...) -> str_maketrans: ...
    @overload
    def __get__(self, obj: Var[bytes], owner: Any = ...) -> bytes_maketrans: ...
    @overload
    def __get__(self, obj: Var[type[bytes]], owner: Any = ...) -> bytes_maketrans: ...
    @overload
    def __get__(self, obj: Var[bytearray], owner: Any = ...) -> bytearray_maketrans: ...
    @overload
    def __get__(self, obj: Var[type[bytearray]], owner: Any = ...) -> bytearray_maketrans: ...
    @overload
    def __get__(self, obj: Var[_Has_maketrans[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Sets_mapping(Protocol[_R]):
    mapping: _R
class _Has_mapping(Protocol[_R_co]):
    @property
    def mapping(self) -> _R_co: ...
class _Name_mapping(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_mapping[_collections_abc.dict_items[_KT_co, _VT_co]], obj: _Obj, owner: Any = ...) -> Var[types.MappingProxyType[_KT_co, _VT_co]]: ...
    @overload
    def __get__(self: _Name_mapping[_collections_abc.dict_keys[_KT_co, _VT_co]], obj: _Obj, owner: Any = ...) -> Var[types.MappingProxyType[_KT_co, _VT_co]]: ...
    @overload
    def __get__(self: _Name_mapping[_collections_abc.dict_values[_KT_co, _VT_co]], obj: _Obj, owner: Any = ...) -> Var[types.MappingProxyType[_KT_co, _VT_co]]: ...
    @overload
    def __get__(self: _Name_mapping[_Has_mapping[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    @overload
    def __set__(self, obj: Var[_HasIt], value: Any) -> None: ...
    @overload
    def __set__(self, obj: Var[_Sets_mapping[_R]], value: Var[_R]) -> None: ...
    @overload
    def __set__(self, obj: Var[_Sets_mapping[_L]], value: _L) -> None: ...
    def __delete__(self, obj: Any) -> None: ...
class _Sets_nbytes(Protocol[_R]):
    nbytes: _R
class _Has_nbytes(Protocol[_R_co]):
    @property
    def nbytes(self) -> _R_co: ...
class _Name_nbytes(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_nbytes[memoryview[Any]], obj: _Obj, owner: Any = ...) -> Var[int]: ...
    @overload
    def __get__(self: _Name_nbytes[_Has_nbytes[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    @overload
    def __set__(self, obj: Var[_HasIt], value: Any) -> None: ...
    @overload
    def __set__(self, obj: Var[_Sets_nbytes[_R]], value: Var[_R]) -> None: ...
    @overload
    def __set__(self, obj: Var[_Sets_nbytes[_L]], value: _L) -> None: ...
    def __delete__(self, obj: Any) -> None: ...
class _Sets_ndim(Protocol[_R]):
    ndim: _R
class _Has_ndim(Protocol[_R_co]):
    @property
    def ndim(self) -> _R_co: ...
class _Name_ndim(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_ndim[memoryview[Any]], obj: _Obj, owner: Any = ...) -> Var[int]: ...
    @overload
    def __get__(self: _Name_ndim[_Has_ndim[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    @overload
    def __set__(self, obj: Var[_HasIt], value: Any) -> None: ...
    @overload
    def __set__(self, obj: Var[_Sets_ndim[_R]], value: Var[_R]) -> None: ...
    @overload
    def __set__(self, obj: Var[_Sets_ndim[_L]], value: _L) -> None: ...
    def __delete__(self, obj: Any) -> None: ...
class _Sets_numerator(Protocol[_R]):
    numerator: _R
class _Has_numerator(Protocol[_R_co]):
    @property
    def numerator(self) -> _R_co: ...
class _Name_numerator:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[int], owner: Any = ...) -> Var[int]: ...
    @overload
    def __get__(self, obj: Var[_Has_numerator[_R]], owner: Any = ...) -> Var[_R]: ...
    @overload
    def __set__(self, obj: Var[_HasIt], value: Any) -> None: ...
    @overload
    def __set__(self, obj: Var[_Sets_numerator[_R]], value: Var[_R]) -> None: ...
    @overload
    def __set__(self, obj: Var[_Sets_numerator[_L]], value: _L) -> None: ...
    def __delete__(self, obj: Any) -> None: ...
class _Sets_obj(Protocol[_R]):
    obj: _R
class _Has_obj(Protocol[_R_co]):
    @property
    def obj(self) -> _R_co: ...
class _Name_obj(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_obj[memoryview[Any]], obj: _Obj, owner: Any = ...) -> Var[typing_extensions.Buffer]: ...
    @overload
    def __get__(self: _Name_obj[_Has_obj[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    @overload
    def __set__(self, obj: Var[_HasIt], value: Any) -> None: ...
    @overload
    def __set__(self, obj: Var[_Sets_obj[_R]], value: Var[_R]) -> None: ...
    @overload
    def __set__(self, obj: Var[_Sets_obj[_L]], value: _L) -> None: ...
    def __delete__(self, obj: Any) -> None: ...
class _Has_partition(Protocol[_R_co]):
    @property
    def partition(self) -> _R_co: ...
class _Name_partition:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[str], owner: Any = ...) -> str_partition: ...
    @overload
    def __get__(self, obj: Var[bytes], owner: Any = ...) -> bytes_partition: ...
    @overload
    def __get__(self, obj: Var[bytearray], owner: Any = ...) -> bytearray_partition: ...
    @overload
    def __get__(self, obj: Var[_Has_partition[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_pop(Protocol[_R_co]):
    @property
    def pop(self) -> _R_co: ...
class _Name_pop(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_pop[bytearray], obj: _Obj, owner: Any = ...) -> bytearray_pop: ...
    @overload
    def __get__(self: _Name_pop[list[_T]], obj: _Obj, owner: Any = ...) -> list_pop[_T]: ...
    @overload
    def __get__(self: _Name_pop[dict[_KT, _VT]], obj: _Obj, owner: Any = ...) -> dict_pop[_KT, _VT]: ...
    @overload
    def __get__(self: _Name_pop[typing.MutableSet[_T]], obj: _Obj, owner: Any = ...) -> MutableSet_pop[_T]: ...
    @overload
    def __get__(self: _Name_pop[typing.MutableMapping[_KT, _VT]], obj: _Obj, owner: Any = ...) -> MutableMapping_pop[_KT, _VT]: ...
    @overload
    def __get__(self: _Name_pop[typing.MutableSequence[_T]], obj: _Obj, owner: Any = ...) -> MutableSequence_pop[_T]: ...
    @overload
    def __get__(self: _Name_pop[_Has_pop[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_popitem(Protocol[_R_co]):
    @property
    def popitem(self) -> _R_co: ...
class _Name_popitem(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_popitem[typing.MutableMapping[_KT, _VT]], obj: _Obj, owner: Any = ...) -> MutableMapping_popitem[_KT, _VT]: ...
    @overload
    def __get__(self: _Name_popitem[_Has_popitem[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Sets_readonly(Protocol[_R]):
    readonly: _R
class _Has_readonly(Protocol[_R_co]):
    @property
    def readonly(self) -> _R_co: ...
class _Name_readonly(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_readonly[memoryview[Any]], obj: _Obj, owner: Any = ...) -> Var[bool]: ...
    @overload
    def __get__(self: _Name_readonly[_Has_readonly[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    @overload
    def __set__(self, obj: Var[_HasIt], value: Any) -> None: ...
    @overload
    def __set__(self, obj: Var[_Sets_readonly[_R]], value: Var[_R]) -> None: ...
    @overload
    def __set__(self, obj: Var[_Sets_readonly[_L]], value: _L) -> None: ...
    def __delete__(self, obj: Any) -> None: ...
class _Sets_real(Protocol[_R]):
    real: _R
class _Has_real(Protocol[_R_co]):
    @property
    def real(self) -> _R_co: ...
class _Name_real:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[int], owner: Any = ...) -> Var[int]: ...
    @overload
    def __get__(self, obj: Var[float], owner: Any = ...) -> Var[float]: ...
    @overload
    def __get__(self, obj: Var[complex], owner: Any = ...) -> Var[float]: ...
    @overload
    def __get__(self, obj: Var[_Has_real[_R]], owner: Any = ...) -> Var[_R]: ...
    @overload
    def __set__(self, obj: Var[_HasIt], value: Any) -> None: ...
    @overload
    def __set__(self, obj: Var[_Sets_real[_R]], value: Var[_R]) -> None: ...
    @overload
    def __set__(self, obj: Var[_Sets_real[_L]], value: _L) -> None: ...
    def __delete__(self, obj: Any) -> None: ...
class _Has_release(Protocol[_R_co]):
    @property
    def release(self) -> _R_co: ...
class _Name_release(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_release[memoryview[Any]], obj: _Obj, owner: Any = ...) -> memoryview_release: ...
    @overload
    def __get__(self: _Name_release[_Has_release[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_remove(Protocol[_R_co]):
    @property
    def remove(self) -> _R_co: ...
class _Name_remove(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_remove[bytearray], obj: _Obj, owner: Any = ...) -> bytearray_remove: ...
    @overload
    def __get__(self: _Name_remove[list[_T]], obj: _Obj, owner: Any = ...) -> list_remove[_T]: ...
    @overload
    def __get__(self: _Name_remove[set[_T]], obj: _Obj, owner: Any = ...) -> set_remove[_T]: ...
    @overload
    def __get__(self: _Name_remove[typing.MutableSet[_T]], obj: _Obj, owner: Any = ...) -> MutableSet_remove[_T]: ...
    @overload
    def __get__(self: _Name_remove[typing.MutableSequence[_T]], obj: _Obj, owner: Any = ...) -> MutableSequence_remove[_T]: ...
    @overload
    def __get__(self: _Name_remove[_Has_remove[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_removeprefix(Protocol[_R_co]):
    @property
    def removeprefix(self) -> _R_co: ...
class _Name_removeprefix:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[str], owner: Any = ...) -> str_removeprefix: ...
    @overload
    def __get__(self, obj: Var[bytes], owner: Any = ...) -> bytes_removeprefix: ...
    @overload
    def __get__(self, obj: Var[bytearray], owner: Any = ...) -> bytearray_removeprefix: ...
    @overload
    def __get__(self, obj: Var[_Has_removeprefix[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_removesuffix(Protocol[_R_co]):
    @property
    def removesuffix(self) -> _R_co: ...
class _Name_removesuffix:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[str], owner: Any = ...) -> str_removesuffix: ...
    @overload
    def __get__(self, obj: Var[bytes], owner: Any = ...) -> bytes_removesuffix: ...
    @overload
    def __get__(self, obj: Var[bytearray], owner: Any = ...) -> bytearray_removesuffix: ...
    @overload
    def __get__(self, obj: Var[_Has_removesuffix[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_replace(Protocol[_R_co]):
    @property
    def replace(self) -> _R_co: ...
class _Name_replace:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[str], owner: Any = ...) -> str_replace: ...
    @overload
    def __get__(self, obj: Var[bytes], owner: Any = ...) -> bytes_replace: ...
    @overload
    def __get__(self, obj: Var[bytearray], owner: Any = ...) -> bytearray_replace: ...
    @overload
    def __get__(self, obj: Var[_Has_replace[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_reverse(Protocol[_R_co]):
    @property
    def reverse(self) -> _R_co: ...
class _Name_reverse(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_reverse[typing.MutableSequence[Any]], obj: _Obj, owner: Any = ...) -> MutableSequence_reverse: ...
    @overload
    def __get__(self: _Name_reverse[_Has_reverse[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_rfind(Protocol[_R_co]):
    @property
    def rfind(self) -> _R_co: ...
class _Name_rfind:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[str], owner: Any = ...) -> str_rfind: ...
    @overload
    def __get__(self, obj: Var[bytes], owner: Any = ...) -> bytes_rfind: ...
    @overload
    def __get__(self, obj: Var[bytearray], owner: Any = ...) -> bytearray_rfind: ...
    @overload
    def __get__(self, obj: Var[_Has_rfind[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_rindex(Protocol[_R_co]):
    @property
    def rindex(self) -> _R_co: ...
class _Name_rindex:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[str], owner: Any = ...) -> str_rindex: ...
    @overload
    def __get__(self, obj: Var[bytes], owner: Any = ...) -> bytes_rindex: ...
    @overload
    def __get__(self, obj: Var[bytearray], owner: Any = ...) -> bytearray_rindex: ...
    @overload
    def __get__(self, obj: Var[_Has_rindex[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_rjust(Protocol[_R_co]):
    @property
    def rjust(self) -> _R_co: ...
class _Name_rjust:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[str], owner: Any = ...) -> str_rjust: ...
    @overload
    def __get__(self, obj: Var[bytes], owner: Any = ...) -> bytes_rjust: ...
    @overload
    def __get__(self, obj: Var[bytearray], owner: Any = ...) -> bytearray_rjust: ...
    @overload
    def __get__(self, obj: Var[_Has_rjust[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_rpartition(Protocol[_R_co]):
    @property
    def rpartition(self) -> _R_co: ...
class _Name_rpartition:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[str], owner: Any = ...) -> str_rpartition: ...
    @overload
    def __get__(self, obj: Var[bytes], owner: Any = ...) -> bytes_rpartition: ...
    @overload
    def __get__(self, obj: Var[bytearray], owner: Any = ...) -> bytearray_rpartition: ...
    @overload
    def __get__(self, obj: Var[_Has_rpartition[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_rsplit(Protocol[_R_co]):
    @property
    def rsplit(self) -> _R_co: ...
class _Name_rsplit:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[str], owner: Any = ...) -> str_rsplit: ...
    @overload
    def __get__(self, obj: Var[bytes], owner: Any = ...) -> bytes_rsplit: ...
    @overload
    def __get__(self, obj: Var[bytearray], owner: Any = ...) -> bytearray_rsplit: ...
    @overload
    def __get__(self, obj: Var[_Has_rsplit[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_rstrip(Protocol[_R_co]):
    @property
    def rstrip(self) -> _R_co: ...
class _Name_rstrip:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[str], owner: Any = ...) -> str_rstrip: ...
    @overload
    def __get__(self, obj: Var[bytes], owner: Any = ...) -> bytes_rstrip: ...
    @overload
    def __get__(self, obj: Var[bytearray], owner: Any = ...) -> bytearray_rstrip: ...
    @overload
    def __get__(self, obj: Var[_Has_rstrip[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_setdefault(Protocol[_R_co]):
    @property
    def setdefault(self) -> _R_co: ...
class _Name_setdefault(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_setdefault[typing.MutableMapping[Any, Any]], obj: Var[_AnyMutableMapping], owner: Any = ...) -> MutableMapping_setdefault[_AnyMutableMapping]: ...
    @overload
    def __get__(self: _Name_setdefault[_Has_setdefault[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Sets_shape(Protocol[_R]):
    shape: _R
class _Has_shape(Protocol[_R_co]):
    @property
    def shape(self) -> _R_co: ...
class _Name_shape(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_shape[memoryview[Any]], obj: _Obj, owner: Any = ...) -> Var[tuple[int, ...] | None]: ...
    @overload
    def __get__(self: _Name_shape[_Has_shape[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    @overload
    def __set__(self, obj: Var[_HasIt], value: Any) -> None: ...
    @overload
    def __set__(self, obj: Var[_Sets_shape[_R]], value: Var[_R]) -> None: ...
    @overload
    def __set__(self, obj: Var[_Sets_shape[_L]], value: _L) -> None: ...
    def __delete__(self, obj: Any) -> None: ...
class _Has_sort(Protocol[_R_co]):
    @property
    def sort(self) -> _R_co: ...
class _Name_sort(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_sort[list[Any]], obj: Var[_Anylist], owner: Any = ...) -> list_sort[_Anylist]: ...
    @overload
    def __get__(self: _Name_sort[_Has_sort[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_split(Protocol[_R_co]):
    @property
    def split(self) -> _R_co: ...
class _Name_split:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[str], owner: Any = ...) -> str_split: ...
    @overload
    def __get__(self, obj: Var[bytes], owner: Any = ...) -> bytes_split: ...
    @overload
    def __get__(self, obj: Var[bytearray], owner: Any = ...) -> bytearray_split: ...
    @overload
    def __get__(self, obj: Var[_Has_split[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_splitlines(Protocol[_R_co]):
    @property
    def splitlines(self) -> _R_co: ...
class _Name_splitlines:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[str], owner: Any = ...) -> str_splitlines: ...
    @overload
    def __get__(self, obj: Var[bytes], owner: Any = ...) -> bytes_splitlines: ...
    @overload
    def __get__(self, obj: Var[bytearray], owner: Any = ...) -> bytearray_splitlines: ...
    @overload
    def __get__(self, obj: Var[_Has_splitlines[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Sets_start(Protocol[_R]):
    start: _R
class _Has_start(Protocol[_R_co]):
    @property
    def start(self) -> _R_co: ...
class _Name_start(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_start[range], obj: _Obj, owner: Any = ...) -> Var[int]: ...
    @overload
    def __get__(self: _Name_start[slice[_StartT_co, Any, Any]], obj: _Obj, owner: Any = ...) -> Var[_StartT_co]: ...
    @overload
    def __get__(self: _Name_start[_Has_start[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    @overload
    def __set__(self, obj: Var[_HasIt], value: Any) -> None: ...
    @overload
    def __set__(self, obj: Var[_Sets_start[_R]], value: Var[_R]) -> None: ...
    @overload
    def __set__(self, obj: Var[_Sets_start[_L]], value: _L) -> None: ...
    def __delete__(self, obj: Any) -> None: ...
class _Has_startswith(Protocol[_R_co]):
    @property
    def startswith(self) -> _R_co: ...
class _Name_startswith:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[str], owner: Any = ...) -> str_startswith: ...
    @overload
    def __get__(self, obj: Var[bytes], owner: Any = ...) -> bytes_startswith: ...
    @overload
    def __get__(self, obj: Var[bytearray], owner: Any = ...) -> bytearray_startswith: ...
    @overload
    def __get__(self, obj: Var[_Has_startswith[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Sets_step(Protocol[_R]):
    step: _R
class _Has_step(Protocol[_R_co]):
    @property
    def step(self) -> _R_co: ...
class _Name_step(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_step[range], obj: _Obj, owner: Any = ...) -> Var[int]: ...
    @overload
    def __get__(self: _Name_step[slice[Any, Any, _StepT_co]], obj: _Obj, owner: Any = ...) -> Var[_StepT_co]: ...
    @overload
    def __get__(self: _Name_step[_Has_step[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    @overload
    def __set__(self, obj: Var[_HasIt], value: Any) -> None: ...
    @overload
    def __set__(self, obj: Var[_Sets_step[_R]], value: Var[_R]) -> None: ...
    @overload
    def __set__(self, obj: Var[_Sets_step[_L]], value: _L) -> None: ...
    def __delete__(self, obj: Any) -> None: ...
class _Sets_stop(Protocol[_R]):
    stop: _R
class _Has_stop(Protocol[_R_co]):
    @property
    def stop(self) -> _R_co: ...
class _Name_stop(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_stop[range], obj: _Obj, owner: Any = ...) -> Var[int]: ...
    @overload
    def __get__(self: _Name_stop[slice[Any, _StopT_co, Any]], obj: _Obj, owner: Any = ...) -> Var[_StopT_co]: ...
    @overload
    def __get__(self: _Name_stop[_Has_stop[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    @overload
    def __set__(self, obj: Var[_HasIt], value: Any) -> None: ...
    @overload
    def __set__(self, obj: Var[_Sets_stop[_R]], value: Var[_R]) -> None: ...
    @overload
    def __set__(self, obj: Var[_Sets_stop[_L]], value: _L) -> None: ...
    def __delete__(self, obj: Any) -> None: ...
class _Sets_strides(Protocol[_R]):
    strides: _R
class _Has_strides(Protocol[_R_co]):
    @property
    def strides(self) -> _R_co: ...
class _Name_strides(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_strides[memoryview[Any]], obj: _Obj, owner: Any = ...) -> Var[tuple[int, ...] | None]: ...
    @overload
    def __get__(self: _Name_strides[_Has_strides[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    @overload
    def __set__(self, obj: Var[_HasIt], value: Any) -> None: ...
    @overload
    def __set__(self, obj: Var[_Sets_strides[_R]], value: Var[_R]) -> None: ...
    @overload
    def __set__(self, obj: Var[_Sets_strides[_L]], value: _L) -> None: ...
    def __delete__(self, obj: Any) -> None: ...
class _Has_strip(Protocol[_R_co]):
    @property
    def strip(self) -> _R_co: ...
class _Name_strip:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[str], owner: Any = ...) -> str_strip: ...
    @overload
    def __get__(self, obj: Var[bytes], owner: Any = ...) -> bytes_strip: ...
    @overload
    def __get__(self, obj: Var[bytearray], owner: Any = ...) -> bytearray_strip: ...
    @overload
    def __get__(self, obj: Var[_Has_strip[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Sets_suboffsets(Protocol[_R]):
    suboffsets: _R
class _Has_suboffsets(Protocol[_R_co]):
    @property
    def suboffsets(self) -> _R_co: ...
class _Name_suboffsets(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_suboffsets[memoryview[Any]], obj: _Obj, owner: Any = ...) -> Var[tuple[int, ...] | None]: ...
    @overload
    def __get__(self: _Name_suboffsets[_Has_suboffsets[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    @overload
    def __set__(self, obj: Var[_HasIt], value: Any) -> None: ...
    @overload
    def __set__(self, obj: Var[_Sets_suboffsets[_R]], value: Var[_R]) -> None: ...
    @overload
    def __set__(self, obj: Var[_Sets_suboffsets[_L]], value: _L) -> None: ...
    def __delete__(self, obj: Any) -> None: ...
class _Has_swapcase(Protocol[_R_co]):
    @property
    def swapcase(self) -> _R_co: ...
class _Name_swapcase:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[str], owner: Any = ...) -> str_swapcase: ...
    @overload
    def __get__(self, obj: Var[bytes], owner: Any = ...) -> bytes_swapcase: ...
    @overload
    def __get__(self, obj: Var[bytearray], owner: Any = ...) -> bytearray_swapcase: ...
    @overload
    def __get__(self, obj: Var[_Has_swapcase[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_symmetric_difference(Protocol[_R_co]):
    @property
    def symmetric_difference(self) -> _R_co: ...
class _Name_symmetric_difference(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_symmetric_difference[set[_T]], obj: _Obj, owner: Any = ...) -> set_symmetric_difference[_T]: ...
    @overload
    def __get__(self: _Name_symmetric_difference[frozenset[_T_co]], obj: _Obj, owner: Any = ...) -> frozenset_symmetric_difference[_T_co]: ...
    @overload
    def __get__(self: _Name_symmetric_difference[_Has_symmetric_difference[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_symmetric_difference_update(Protocol[_R_co]):
    @property
    def symmetric_difference_update(self) -> _R_co: ...
class _Name_symmetric_difference_update(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_symmetric_difference_update[set[_T]], obj: _Obj, owner: Any = ...) -> set_symmetric_difference_update[_T]: ...
    @overload
    def __get__(self: _Name_symmetric_difference_update[_Has_symmetric_difference_update[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_title(Protocol[_R_co]):
    @property
    def title(self) -> _R_co: ...
class _Name_title:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[str], owner: Any = ...) -> str_title: ...
    @overload
    def __get__(self, obj: Var[bytes], owner: Any = ...) -> bytes_title: ...
    @overload
    def __get__(self, obj: Var[bytearray], owner: Any = ...) -> bytearray_title: ...
    @overload
    def __get__(self, obj: Var[_Has_title[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_to_bytes(Protocol[_R_co]):
    @property
    def to_bytes(self) -> _R_co: ...
class _Name_to_bytes:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[int], owner: Any = ...) -> int_to_bytes: ...
    @overload
    def __get__(self, obj: Var[_Has_to_bytes[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_tobytes(Protocol[_R_co]):
    @property
    def tobytes(self) -> _R_co: ...
class _Name_tobytes(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_tobytes[memoryview[Any]], obj: _Obj, owner: Any = ...) -> memoryview_tobytes: ...
    @overload
    def __get__(self: _Name_tobytes[_Has_tobytes[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_tolist(Protocol[_R_co]):
    @property
    def tolist(self) -> _R_co: ...
class _Name_tolist(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_tolist[memoryview[Any]], obj: _Obj, owner: Any = ...) -> memoryview_tolist: ...
    @overload
    def __get__(self: _Name_tolist[_Has_tolist[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_toreadonly(Protocol[_R_co]):
    @property
    def toreadonly(self) -> _R_co: ...
class _Name_toreadonly(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_toreadonly[memoryview[_I]], obj: _Obj, owner: Any = ...) -> memoryview_toreadonly[_I]: ...
    @overload
    def __get__(self: _Name_toreadonly[_Has_toreadonly[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_translate(Protocol[_R_co]):
    @property
    def translate(self) -> _R_co: ...
class _Name_translate:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[str], owner: Any = ...) -> str_translate: ...
    @overload
    def __get__(self, obj: Var[bytes], owner: Any = ...) -> bytes_translate: ...
    @overload
    def __get__(self, obj: Var[bytearray], owner: Any = ...) -> bytearray_translate: ...
    @overload
    def __get__(self, obj: Var[_Has_translate[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_union(Protocol[_R_co]):
    @property
    def union(self) -> _R_co: ...
class _Name_union(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_union[set[_T]], obj: _Obj, owner: Any = ...) -> set_union[_T]: ...
    @overload
    def __get__(self: _Name_union[frozenset[_T_co]], obj: _Obj, owner: Any = ...) -> frozenset_union[_T_co]: ...
    @overload
    def __get__(self: _Name_union[_Has_union[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_update(Protocol[_R_co]):
    @property
    def update(self) -> _R_co: ...
class _Name_update(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_update[set[_T]], obj: _Obj, owner: Any = ...) -> set_update[_T]: ...
    @overload
    def __get__(self: _Name_update[typing.MutableMapping[Any, Any]], obj: Var[_AnyMutableMapping], owner: Any = ...) -> MutableMapping_update[_AnyMutableMapping]: ...
    @overload
    def __get__(self: _Name_update[_Has_update[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_upper(Protocol[_R_co]):
    @property
    def upper(self) -> _R_co: ...
class _Name_upper:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[str], owner: Any = ...) -> str_upper: ...
    @overload
    def __get__(self, obj: Var[bytes], owner: Any = ...) -> bytes_upper: ...
    @overload
    def __get__(self, obj: Var[bytearray], owner: Any = ...) -> bytearray_upper: ...
    @overload
    def __get__(self, obj: Var[_Has_upper[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_values(Protocol[_R_co]):
    @property
    def values(self) -> _R_co: ...
class _Name_values(Generic[_Of_co]):
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self: _Name_values[dict[_KT, _VT]], obj: _Obj, owner: Any = ...) -> dict_values[_KT, _VT]: ...
    @overload
    def __get__(self: _Name_values[types.MappingProxyType[Any, _VT_co]], obj: _Obj, owner: Any = ...) -> MappingProxyType_values[_VT_co]: ...
    @overload
    def __get__(self: _Name_values[typing.Mapping[Any, _VT_co]], obj: _Obj, owner: Any = ...) -> Mapping_values[_VT_co]: ...
    @overload
    def __get__(self: _Name_values[_Has_values[_R]], obj: _Obj, owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...
class _Has_zfill(Protocol[_R_co]):
    @property
    def zfill(self) -> _R_co: ...
class _Name_zfill:
    @overload
    def __get__(self, obj: Var[_HasIt], owner: Any = ...) -> Var[Any]: ...
    @overload
    def __get__(self, obj: Var[str], owner: Any = ...) -> str_zfill: ...
    @overload
    def __get__(self, obj: Var[bytes], owner: Any = ...) -> bytes_zfill: ...
    @overload
    def __get__(self, obj: Var[bytearray], owner: Any = ...) -> bytearray_zfill: ...
    @overload
    def __get__(self, obj: Var[_Has_zfill[_R]], owner: Any = ...) -> Var[_R]: ...
    def __set__(self, obj: Any, value: Any) -> None: ...

class _HasIt:
    """Stands first among what has a name or an operator; only `Any` passes for it, which has everything."""
class _Local(Protocol):
    """Every object but a Var, which says that its `__sizeof__` is something else.

    A Var has `__index__` for what its value may be; mypy and pyrefly do not ask whose value it is, and would take any
    Var for an index.
    """
    def __sizeof__(self) -> int: ...
class _SupportsIndex(_Local, Protocol):
    def __index__(self) -> int: ...
class _SupportsInt(_Local, Protocol):
    def __int__(self) -> int: ...
class _SupportsFloat(_Local, Protocol):
    def __float__(self) -> float: ...
class _SupportsComplex(_Local, Protocol):
    def __complex__(self) -> complex: ...
class _SupportsBytes(_Local, Protocol):
    def __bytes__(self) -> bytes: ...
class _SupportsTrunc(_Local, Protocol):
    def __trunc__(self) -> int: ...
class _List(Protocol[_R_co]):
    """A list, read only, so that one of values and Vars passes for a list of values."""
    def __iter__(self) -> typing.Iterator[_R_co]: ...
    def __sizeof__(self) -> int: ...
    def reverse(self) -> None: ...
class _Set(Protocol[_R_co]):
    def __iter__(self) -> typing.Iterator[_R_co]: ...
    def __sizeof__(self) -> int: ...
    def add(self, item: Any, /) -> None: ...
class _Dict(Protocol[_K, _R_co]):
    def __getitem__(self, key: _K, /) -> _R_co: ...
    def __sizeof__(self) -> int: ...
    def keys(self) -> typing.KeysView[_K]: ...
    def popitem(self) -> tuple[_K, _R_co]: ...
class _CanReverse(Protocol[_R_co]):
    def __reversed__(self) -> _R_co: ...
class _CanNext(Protocol[_R_co]):
    def __next__(self) -> _R_co: ...
class _CanEnter(Protocol[_R_co]):
    def __enter__(self) -> _R_co: ...
class _CanExit(Protocol):
    def __exit__(self, kind: Any, error: Any, trace: Any, /) -> Any: ...
class _CanEnterAsync(Protocol[_R_co]):
    def __aenter__(self) -> Awaitable[_R_co]: ...
class _CanExitAsync(Protocol):
    def __aexit__(self, kind: Any, error: Any, trace: Any, /) -> Any: ...
class _CanGetItem(Protocol[_A_contra, _R_co]):
    def __getitem__(self, key: _A_contra, /) -> _R_co: ...
class _CanSetItem(Protocol[_A_contra, _B_contra]):
    def __setitem__(self, key: _A_contra, value: _B_contra, /) -> None: ...
class _CanDelItem(Protocol[_A_contra]):
    def __delitem__(self, key: _A_contra, /) -> None: ...
class _CanContain(Protocol[_A_contra]):
    def __contains__(self, item: _A_contra, /) -> bool: ...
class _ObjectRef(Protocol[_R_co]):
    """Ray's, told by its methods, so that nobody has to read Ray's types for this."""
    def future(self) -> concurrent_futures.Future[_R_co]: ...
    def task_id(self) -> Any: ...
class _CanRoundTo(Protocol[_R_co]):
    def __round__(self, digits: int, /) -> _R_co: ...
class _Can_add(Protocol[_A_contra, _R_co]):
    def __add__(self, other: _A_contra, /) -> _R_co: ...
class _Can_radd(Protocol[_A_contra, _R_co]):
    def __radd__(self, other: _A_contra, /) -> _R_co: ...
class _Can_sub(Protocol[_A_contra, _R_co]):
    def __sub__(self, other: _A_contra, /) -> _R_co: ...
class _Can_rsub(Protocol[_A_contra, _R_co]):
    def __rsub__(self, other: _A_contra, /) -> _R_co: ...
class _Can_mul(Protocol[_A_contra, _R_co]):
    def __mul__(self, other: _A_contra, /) -> _R_co: ...
class _Can_rmul(Protocol[_A_contra, _R_co]):
    def __rmul__(self, other: _A_contra, /) -> _R_co: ...
class _Can_matmul(Protocol[_A_contra, _R_co]):
    def __matmul__(self, other: _A_contra, /) -> _R_co: ...
class _Can_rmatmul(Protocol[_A_contra, _R_co]):
    def __rmatmul__(self, other: _A_contra, /) -> _R_co: ...
class _Can_truediv(Protocol[_A_contra, _R_co]):
    def __truediv__(self, other: _A_contra, /) -> _R_co: ...
class _Can_rtruediv(Protocol[_A_contra, _R_co]):
    def __rtruediv__(self, other: _A_contra, /) -> _R_co: ...
class _Can_floordiv(Protocol[_A_contra, _R_co]):
    def __floordiv__(self, other: _A_contra, /) -> _R_co: ...
class _Can_rfloordiv(Protocol[_A_contra, _R_co]):
    def __rfloordiv__(self, other: _A_contra, /) -> _R_co: ...
class _Can_mod(Protocol[_A_contra, _R_co]):
    def __mod__(self, other: _A_contra, /) -> _R_co: ...
class _Can_rmod(Protocol[_A_contra, _R_co]):
    def __rmod__(self, other: _A_contra, /) -> _R_co: ...
class _Can_divmod(Protocol[_A_contra, _R_co]):
    def __divmod__(self, other: _A_contra, /) -> _R_co: ...
class _Can_rdivmod(Protocol[_A_contra, _R_co]):
    def __rdivmod__(self, other: _A_contra, /) -> _R_co: ...
class _Can_pow(Protocol[_A_contra, _R_co]):
    def __pow__(self, other: _A_contra, /) -> _R_co: ...
class _Can_rpow(Protocol[_A_contra, _R_co]):
    def __rpow__(self, other: _A_contra, /) -> _R_co: ...
class _Can_lshift(Protocol[_A_contra, _R_co]):
    def __lshift__(self, other: _A_contra, /) -> _R_co: ...
class _Can_rlshift(Protocol[_A_contra, _R_co]):
    def __rlshift__(self, other: _A_contra, /) -> _R_co: ...
class _Can_rshift(Protocol[_A_contra, _R_co]):
    def __rshift__(self, other: _A_contra, /) -> _R_co: ...
class _Can_rrshift(Protocol[_A_contra, _R_co]):
    def __rrshift__(self, other: _A_contra, /) -> _R_co: ...
class _Can_and(Protocol[_A_contra, _R_co]):
    def __and__(self, other: _A_contra, /) -> _R_co: ...
class _Can_rand(Protocol[_A_contra, _R_co]):
    def __rand__(self, other: _A_contra, /) -> _R_co: ...
class _Can_xor(Protocol[_A_contra, _R_co]):
    def __xor__(self, other: _A_contra, /) -> _R_co: ...
class _Can_rxor(Protocol[_A_contra, _R_co]):
    def __rxor__(self, other: _A_contra, /) -> _R_co: ...
class _Can_or(Protocol[_A_contra, _R_co]):
    def __or__(self, other: _A_contra, /) -> _R_co: ...
class _Can_ror(Protocol[_A_contra, _R_co]):
    def __ror__(self, other: _A_contra, /) -> _R_co: ...
class _Can_lt(Protocol[_A_contra, _R_co]):
    def __lt__(self, other: _A_contra, /) -> _R_co: ...
class _Can_gt(Protocol[_A_contra, _R_co]):
    def __gt__(self, other: _A_contra, /) -> _R_co: ...
class _Can_le(Protocol[_A_contra, _R_co]):
    def __le__(self, other: _A_contra, /) -> _R_co: ...
class _Can_ge(Protocol[_A_contra, _R_co]):
    def __ge__(self, other: _A_contra, /) -> _R_co: ...
class _Can_neg(Protocol[_R_co]):
    def __neg__(self) -> _R_co: ...
class _Can_pos(Protocol[_R_co]):
    def __pos__(self) -> _R_co: ...
class _Can_invert(Protocol[_R_co]):
    def __invert__(self) -> _R_co: ...
class _Can_abs(Protocol[_R_co]):
    def __abs__(self) -> _R_co: ...
class _Can_trunc(Protocol[_R_co]):
    def __trunc__(self) -> _R_co: ...
class _Can_floor(Protocol[_R_co]):
    def __floor__(self) -> _R_co: ...
class _Can_ceil(Protocol[_R_co]):
    def __ceil__(self) -> _R_co: ...
class _Can_round(Protocol[_R_co]):
    def __round__(self) -> _R_co: ...

class Operators:
    @overload
    def __add__(self: Var[_HasIt], other: Any, /) -> Var[Any]: ...
    @overload
    def __add__(self: Var[int], arg0: int | Var[int], /) -> Var[int]: ...
    @overload
    def __add__(self: Var[float], arg0: float | Var[float], /) -> Var[float]: ...
    @overload
    def __add__(self: Var[complex], arg0: complex | Var[complex], /) -> Var[complex]: ...
    @overload
    def __add__(self: Var[str], arg0: str | Var[str], /) -> Var[str]: ...
    @overload
    def __add__(
        self: Var[bytes],
        arg0: Var[typing_extensions.Buffer] | typing_extensions.Buffer,
        /,
    ) -> Var[bytes]: ...
    @overload
    def __add__(
        self: Var[bytearray],
        arg0: Var[typing_extensions.Buffer] | typing_extensions.Buffer,
        /,
    ) -> Var[bytearray]: ...
    @overload
    def __add__(
        self: Var[tuple[_T_co, ...]],
        arg0: tuple[_T_co | Var[_T_co], ...] | Var[tuple[_T_co, ...]],
        /,
    ) -> Var[tuple[_T_co, ...]]: ...
    @overload
    def __add__(
        self: Var[tuple[_T_co, ...]],
        arg0: Var[tuple[_T, ...]],
        /,
    ) -> Var[tuple[_T_co | _T, ...]]: ...
    @overload
    def __add__(
        self: Var[tuple[_T_co, ...]],
        arg0: tuple[Var[_T], ...],
        /,
    ) -> Var[tuple[_T_co | _T, ...]]: ...
    @overload
    def __add__(
        self: Var[tuple[_T_co, ...]],
        arg0: tuple[_T, ...],
        /,
    ) -> Var[tuple[_T_co | _T, ...]]: ...
    @overload
    def __add__(
        self: Var[list[_T]],
        arg0: Var[list[_T]] | _List[_T | Var[_T]],
        /,
    ) -> Var[list[_T]]: ...
    @overload
    def __add__(self: Var[list[_T]], arg0: Var[list[_S]], /) -> Var[list[_S | _T]]: ...
    @overload
    def __add__(self: Var[list[_T]], arg0: _List[Var[_S]], /) -> Var[list[_S | _T]]: ...
    @overload
    def __add__(self: Var[list[_T]], arg0: list[_S], /) -> Var[list[_S | _T]]: ...
    @overload
    def __add__(self: Var[int], other: int | Var[int], /) -> Var[int]: ...
    @overload
    def __add__(self: Var[float], other: float | Var[float], /) -> Var[float]: ...
    @overload
    def __add__(self: Var[complex], other: complex | Var[complex], /) -> Var[complex]: ...
    @overload
    def __add__(self: Var[_Can_add[_A, _R]], other: Var[_A], /) -> Var[_R]: ...
    @overload
    def __add__(self: Var[_Can_add[_L, _R]], other: _L, /) -> Var[_R]: ...
    @overload
    def __add__(self: Var[_A], other: Var[_Can_radd[_A, _R]], /) -> Var[_R]: ...
    @overload
    def __radd__(self: Var[_HasIt], other: Any, /) -> Var[Any]: ...
    @overload
    def __radd__(self: Var[int], arg0: int | Var[int], /) -> Var[int]: ...
    @overload
    def __radd__(self: Var[float], arg0: float | Var[float], /) -> Var[float]: ...
    @overload
    def __radd__(self: Var[complex], arg0: complex | Var[complex], /) -> Var[complex]: ...
    @overload
    def __radd__(self: Var[int], other: int, /) -> Var[int]: ...
    @overload
    def __radd__(self: Var[float], other: float, /) -> Var[float]: ...
    @overload
    def __radd__(self: Var[complex], other: complex, /) -> Var[complex]: ...
    @overload
    def __radd__(self: Var[str], other: str, /) -> Var[str]: ...
    @overload
    def __radd__(self: Var[typing_extensions.Buffer], other: bytes, /) -> Var[bytes]: ...
    @overload
    def __radd__(self: Var[typing_extensions.Buffer], other: bytearray, /) -> Var[bytearray]: ...
    @overload
    def __radd__(
        self: Var[tuple[_T_co, ...]],
        other: tuple[_T_co, ...],
        /,
    ) -> Var[tuple[_T_co, ...]]: ...
    @overload
    def __radd__(
        self: Var[tuple[_T, ...]],
        other: tuple[_T_co, ...],
        /,
    ) -> Var[tuple[_T_co | _T, ...]]: ...
    @overload
    def __radd__(self: Var[list[_T]], other: list[_T], /) -> Var[list[_T]]: ...
    @overload
    def __radd__(self: Var[list[_S]], other: list[_T], /) -> Var[list[_S | _T]]: ...
    @overload
    def __radd__(self: Var[_Can_radd[_L, _R]], other: _L, /) -> Var[_R]: ...
    @overload
    def __iadd__(self: Var[_HasIt], other: Any, /) -> Var[Any]: ...
    @overload
    def __iadd__(
        self: Var[bytearray],
        arg0: Var[typing_extensions.Buffer] | typing_extensions.Buffer,
        /,
    ) -> Var[bytearray]: ...
    @overload
    def __iadd__(
        self: Var[list[_T]],
        arg0: Var[typing.Iterable[_T]] | typing.Iterable[_T | Var[_T]],
        /,
    ) -> Var[list[_T]]: ...
    @overload
    def __iadd__(
        self: Var[typing.MutableSequence[_T]],
        arg0: Var[typing.Iterable[_T]] | typing.Iterable[_T | Var[_T]],
        /,
    ) -> Var[typing.MutableSequence[_T]]: ...
    @overload
    def __iadd__(self: Var[int], arg0: int | Var[int], /) -> Var[int]: ...
    @overload
    def __iadd__(self: Var[float], arg0: float | Var[float], /) -> Var[float]: ...
    @overload
    def __iadd__(self: Var[complex], arg0: complex | Var[complex], /) -> Var[complex]: ...
    @overload
    def __iadd__(self: Var[str], arg0: str | Var[str], /) -> Var[str]: ...
    @overload
    def __iadd__(
        self: Var[bytes],
        arg0: Var[typing_extensions.Buffer] | typing_extensions.Buffer,
        /,
    ) -> Var[bytes]: ...
    @overload
    def __iadd__(
        self: Var[tuple[_T_co, ...]],
        arg0: tuple[_T_co | Var[_T_co], ...] | Var[tuple[_T_co, ...]],
        /,
    ) -> Var[tuple[_T_co, ...]]: ...
    @overload
    def __iadd__(
        self: Var[tuple[_T_co, ...]],
        arg0: Var[tuple[_T, ...]],
        /,
    ) -> Var[tuple[_T_co | _T, ...]]: ...
    @overload
    def __iadd__(
        self: Var[tuple[_T_co, ...]],
        arg0: tuple[Var[_T], ...],
        /,
    ) -> Var[tuple[_T_co | _T, ...]]: ...
    @overload
    def __iadd__(
        self: Var[tuple[_T_co, ...]],
        arg0: tuple[_T, ...],
        /,
    ) -> Var[tuple[_T_co | _T, ...]]: ...
    @overload
    def __iadd__(
        self: Var[list[_T]],
        arg0: Var[list[_T]] | _List[_T | Var[_T]],
        /,
    ) -> Var[list[_T]]: ...
    @overload
    def __iadd__(self: Var[list[_T]], arg0: Var[list[_S]], /) -> Var[list[_S | _T]]: ...
    @overload
    def __iadd__(self: Var[list[_T]], arg0: _List[Var[_S]], /) -> Var[list[_S | _T]]: ...
    @overload
    def __iadd__(self: Var[list[_T]], arg0: list[_S], /) -> Var[list[_S | _T]]: ...
    @overload
    def __iadd__(self: Var[int], other: int | Var[int], /) -> Var[int]: ...
    @overload
    def __iadd__(self: Var[float], other: float | Var[float], /) -> Var[float]: ...
    @overload
    def __iadd__(self: Var[complex], other: complex | Var[complex], /) -> Var[complex]: ...
    @overload
    def __iadd__(self: Var[_Can_add[_A, _R]], other: Var[_A], /) -> Var[_R]: ...
    @overload
    def __iadd__(self: Var[_Can_add[_L, _R]], other: _L, /) -> Var[_R]: ...
    @overload
    def __iadd__(self: Var[_A], other: Var[_Can_radd[_A, _R]], /) -> Var[_R]: ...
    @overload
    def __sub__(self: Var[_HasIt], other: Any, /) -> Var[Any]: ...
    @overload
    def __sub__(self: Var[int], arg0: int | Var[int], /) -> Var[int]: ...
    @overload
    def __sub__(self: Var[float], arg0: float | Var[float], /) -> Var[float]: ...
    @overload
    def __sub__(self: Var[complex], arg0: complex | Var[complex], /) -> Var[complex]: ...
    @overload
    def __sub__(
        self: Var[set[_T]],
        arg0: typing.AbstractSet[object] | Var[typing.AbstractSet[object]],
        /,
    ) -> Var[set[_T]]: ...
    @overload
    def __sub__(
        self: Var[frozenset[_T_co]],
        arg0: typing.AbstractSet[object] | Var[typing.AbstractSet[object]],
        /,
    ) -> Var[frozenset[_T_co]]: ...
    @overload
    def __sub__(
        self: Var[typing.ItemsView[_KT_co, _VT_co]],
        arg0: Var[typing.Iterable[Any]] | typing.Iterable[Any],
        /,
    ) -> Var[set[tuple[_KT_co, _VT_co]]]: ...
    @overload
    def __sub__(
        self: Var[typing.KeysView[_KT_co]],
        arg0: Var[typing.Iterable[Any]] | typing.Iterable[Any],
        /,
    ) -> Var[set[_KT_co]]: ...
    @overload
    def __sub__(
        self: Var[typing.AbstractSet[_T_co]],
        arg0: typing.AbstractSet[Any] | Var[typing.AbstractSet[Any]],
        /,
    ) -> Var[typing.AbstractSet[_T_co]]: ...
    @overload
    def __sub__(self: Var[int], other: int | Var[int], /) -> Var[int]: ...
    @overload
    def __sub__(self: Var[float], other: float | Var[float], /) -> Var[float]: ...
    @overload
    def __sub__(self: Var[complex], other: complex | Var[complex], /) -> Var[complex]: ...
    @overload
    def __sub__(
        self: Var[typing.Iterable[_T]],
        other: typing.ItemsView[_KT_co, _VT_co] | Var[typing.ItemsView[_KT_co, _VT_co]],
        /,
    ) -> Var[set[_T]]: ...
    @overload
    def __sub__(
        self: Var[typing.Iterable[_T]],
        other: typing.KeysView[_KT_co] | Var[typing.KeysView[_KT_co]],
        /,
    ) -> Var[set[_T]]: ...
    @overload
    def __sub__(self: Var[_Can_sub[_A, _R]], other: Var[_A], /) -> Var[_R]: ...
    @overload
    def __sub__(self: Var[_Can_sub[_L, _R]], other: _L, /) -> Var[_R]: ...
    @overload
    def __sub__(self: Var[_A], other: Var[_Can_rsub[_A, _R]], /) -> Var[_R]: ...
    @overload
    def __rsub__(self: Var[_HasIt], other: Any, /) -> Var[Any]: ...
    @overload
    def __rsub__(self: Var[int], arg0: int | Var[int], /) -> Var[int]: ...
    @overload
    def __rsub__(self: Var[float], arg0: float | Var[float], /) -> Var[float]: ...
    @overload
    def __rsub__(self: Var[complex], arg0: complex | Var[complex], /) -> Var[complex]: ...
    @overload
    def __rsub__(
        self: Var[typing.ItemsView[_KT_co, _VT_co]],
        arg0: Var[typing.Iterable[_T]],
        /,
    ) -> Var[set[_T]]: ...
    @overload
    def __rsub__(
        self: Var[typing.ItemsView[_KT_co, _VT_co]],
        arg0: typing.Iterable[Var[_T]],
        /,
    ) -> Var[set[_T]]: ...
    @overload
    def __rsub__(
        self: Var[typing.ItemsView[_KT_co, _VT_co]],
        arg0: typing.Iterable[_T],
        /,
    ) -> Var[set[_T]]: ...
    @overload
    def __rsub__(
        self: Var[typing.KeysView[_KT_co]],
        arg0: Var[typing.Iterable[_T]],
        /,
    ) -> Var[set[_T]]: ...
    @overload
    def __rsub__(
        self: Var[typing.KeysView[_KT_co]],
        arg0: typing.Iterable[Var[_T]],
        /,
    ) -> Var[set[_T]]: ...
    @overload
    def __rsub__(
        self: Var[typing.KeysView[_KT_co]],
        arg0: typing.Iterable[_T],
        /,
    ) -> Var[set[_T]]: ...
    @overload
    def __rsub__(self: Var[int], other: int, /) -> Var[int]: ...
    @overload
    def __rsub__(self: Var[float], other: float, /) -> Var[float]: ...
    @overload
    def __rsub__(self: Var[complex], other: complex, /) -> Var[complex]: ...
    @overload
    def __rsub__(self: Var[typing.AbstractSet[object]], other: set[_T], /) -> Var[set[_T]]: ...
    @overload
    def __rsub__(
        self: Var[typing.AbstractSet[object]],
        other: frozenset[_T_co],
        /,
    ) -> Var[frozenset[_T_co]]: ...
    @overload
    def __rsub__(
        self: Var[typing.Iterable[Any]],
        other: typing.ItemsView[_KT_co, _VT_co],
        /,
    ) -> Var[set[tuple[_KT_co, _VT_co]]]: ...
    @overload
    def __rsub__(
        self: Var[typing.Iterable[Any]],
        other: typing.KeysView[_KT_co],
        /,
    ) -> Var[set[_KT_co]]: ...
    @overload
    def __rsub__(
        self: Var[typing.AbstractSet[Any]],
        other: typing.AbstractSet[_T_co],
        /,
    ) -> Var[typing.AbstractSet[_T_co]]: ...
    @overload
    def __rsub__(self: Var[_Can_rsub[_L, _R]], other: _L, /) -> Var[_R]: ...
    @overload
    def __isub__(self: Var[_HasIt], other: Any, /) -> Var[Any]: ...
    @overload
    def __isub__(
        self: Var[set[_T]],
        arg0: typing.AbstractSet[object] | Var[typing.AbstractSet[object]],
        /,
    ) -> Var[set[_T]]: ...
    @overload
    def __isub__(
        self: Var[typing.MutableSet[_T]],
        arg0: typing.AbstractSet[Any] | Var[typing.AbstractSet[Any]],
        /,
    ) -> Var[typing.MutableSet[_T]]: ...
    @overload
    def __isub__(self: Var[int], arg0: int | Var[int], /) -> Var[int]: ...
    @overload
    def __isub__(self: Var[float], arg0: float | Var[float], /) -> Var[float]: ...
    @overload
    def __isub__(self: Var[complex], arg0: complex | Var[complex], /) -> Var[complex]: ...
    @overload
    def __isub__(
        self: Var[frozenset[_T_co]],
        arg0: typing.AbstractSet[object] | Var[typing.AbstractSet[object]],
        /,
    ) -> Var[frozenset[_T_co]]: ...
    @overload
    def __isub__(
        self: Var[typing.ItemsView[_KT_co, _VT_co]],
        arg0: Var[typing.Iterable[Any]] | typing.Iterable[Any],
        /,
    ) -> Var[set[tuple[_KT_co, _VT_co]]]: ...
    @overload
    def __isub__(
        self: Var[typing.KeysView[_KT_co]],
        arg0: Var[typing.Iterable[Any]] | typing.Iterable[Any],
        /,
    ) -> Var[set[_KT_co]]: ...
    @overload
    def __isub__(
        self: Var[typing.AbstractSet[_T_co]],
        arg0: typing.AbstractSet[Any] | Var[typing.AbstractSet[Any]],
        /,
    ) -> Var[typing.AbstractSet[_T_co]]: ...
    @overload
    def __isub__(self: Var[int], other: int | Var[int], /) -> Var[int]: ...
    @overload
    def __isub__(self: Var[float], other: float | Var[float], /) -> Var[float]: ...
    @overload
    def __isub__(self: Var[complex], other: complex | Var[complex], /) -> Var[complex]: ...
    @overload
    def __isub__(
        self: Var[typing.Iterable[_T]],
        other: typing.ItemsView[_KT_co, _VT_co] | Var[typing.ItemsView[_KT_co, _VT_co]],
        /,
    ) -> Var[set[_T]]: ...
    @overload
    def __isub__(
        self: Var[typing.Iterable[_T]],
        other: typing.KeysView[_KT_co] | Var[typing.KeysView[_KT_co]],
        /,
    ) -> Var[set[_T]]: ...
    @overload
    def __isub__(self: Var[_Can_sub[_A, _R]], other: Var[_A], /) -> Var[_R]: ...
    @overload
    def __isub__(self: Var[_Can_sub[_L, _R]], other: _L, /) -> Var[_R]: ...
    @overload
    def __isub__(self: Var[_A], other: Var[_Can_rsub[_A, _R]], /) -> Var[_R]: ...
    @overload
    def __mul__(self: Var[_HasIt], other: Any, /) -> Var[Any]: ...
    @overload
    def __mul__(self: Var[int], arg0: int | Var[int], /) -> Var[int]: ...
    @overload
    def __mul__(self: Var[float], arg0: float | Var[float], /) -> Var[float]: ...
    @overload
    def __mul__(self: Var[complex], arg0: complex | Var[complex], /) -> Var[complex]: ...
    @overload
    def __mul__(self: Var[str], arg0: Var[_SupportsIndex] | _SupportsIndex, /) -> Var[str]: ...
    @overload
    def __mul__(self: Var[bytes], arg0: Var[_SupportsIndex] | _SupportsIndex, /) -> Var[bytes]: ...
    @overload
    def __mul__(
        self: Var[bytearray],
        arg0: Var[_SupportsIndex] | _SupportsIndex,
        /,
    ) -> Var[bytearray]: ...
    @overload
    def __mul__(
        self: Var[tuple[_T_co, ...]],
        arg0: Var[_SupportsIndex] | _SupportsIndex,
        /,
    ) -> Var[tuple[_T_co, ...]]: ...
    @overload
    def __mul__(
        self: Var[list[_T]],
        arg0: Var[_SupportsIndex] | _SupportsIndex,
        /,
    ) -> Var[list[_T]]: ...
    @overload
    def __mul__(self: Var[int], other: int | Var[int], /) -> Var[int]: ...
    @overload
    def __mul__(self: Var[float], other: float | Var[float], /) -> Var[float]: ...
    @overload
    def __mul__(self: Var[complex], other: complex | Var[complex], /) -> Var[complex]: ...
    @overload
    def __mul__(self: Var[_SupportsIndex], other: str | Var[str], /) -> Var[str]: ...
    @overload
    def __mul__(self: Var[_SupportsIndex], other: bytes | Var[bytes], /) -> Var[bytes]: ...
    @overload
    def __mul__(
        self: Var[_SupportsIndex],
        other: bytearray | Var[bytearray],
        /,
    ) -> Var[bytearray]: ...
    @overload
    def __mul__(
        self: Var[_SupportsIndex],
        other: tuple[_T_co, ...] | Var[tuple[_T_co, ...]],
        /,
    ) -> Var[tuple[_T_co, ...]]: ...
    @overload
    def __mul__(self: Var[_SupportsIndex], other: list[_T] | Var[list[_T]], /) -> Var[list[_T]]: ...
    @overload
    def __mul__(self: Var[_Can_mul[_A, _R]], other: Var[_A], /) -> Var[_R]: ...
    @overload
    def __mul__(self: Var[_Can_mul[_L, _R]], other: _L, /) -> Var[_R]: ...
    @overload
    def __mul__(self: Var[_A], other: Var[_Can_rmul[_A, _R]], /) -> Var[_R]: ...
    @overload
    def __rmul__(self: Var[_HasIt], other: Any, /) -> Var[Any]: ...
    @overload
    def __rmul__(self: Var[int], arg0: int | Var[int], /) -> Var[int]: ...
    @overload
    def __rmul__(self: Var[float], arg0: float | Var[float], /) -> Var[float]: ...
    @overload
    def __rmul__(self: Var[complex], arg0: complex | Var[complex], /) -> Var[complex]: ...
    @overload
    def __rmul__(self: Var[str], arg0: Var[_SupportsIndex] | _SupportsIndex, /) -> Var[str]: ...
    @overload
    def __rmul__(self: Var[bytes], arg0: Var[_SupportsIndex] | _SupportsIndex, /) -> Var[bytes]: ...
    @overload
    def __rmul__(
        self: Var[bytearray],
        arg0: Var[_SupportsIndex] | _SupportsIndex,
        /,
    ) -> Var[bytearray]: ...
    @overload
    def __rmul__(
        self: Var[tuple[_T_co, ...]],
        arg0: Var[_SupportsIndex] | _SupportsIndex,
        /,
    ) -> Var[tuple[_T_co, ...]]: ...
    @overload
    def __rmul__(
        self: Var[list[_T]],
        arg0: Var[_SupportsIndex] | _SupportsIndex,
        /,
    ) -> Var[list[_T]]: ...
    @overload
    def __rmul__(self: Var[int], other: int, /) -> Var[int]: ...
    @overload
    def __rmul__(self: Var[float], other: float, /) -> Var[float]: ...
    @overload
    def __rmul__(self: Var[complex], other: complex, /) -> Var[complex]: ...
    @overload
    def __rmul__(self: Var[_SupportsIndex], other: str, /) -> Var[str]: ...
    @overload
    def __rmul__(self: Var[_SupportsIndex], other: bytes, /) -> Var[bytes]: ...
    @overload
    def __rmul__(self: Var[_SupportsIndex], other: bytearray, /) -> Var[bytearray]: ...
    @overload
    def __rmul__(
        self: Var[_SupportsIndex],
        other: tuple[_T_co, ...],
        /,
    ) -> Var[tuple[_T_co, ...]]: ...
    @overload
    def __rmul__(self: Var[_SupportsIndex], other: list[_T], /) -> Var[list[_T]]: ...
    @overload
    def __rmul__(self: Var[_Can_rmul[_L, _R]], other: _L, /) -> Var[_R]: ...
    @overload
    def __imul__(self: Var[_HasIt], other: Any, /) -> Var[Any]: ...
    @overload
    def __imul__(
        self: Var[bytearray],
        arg0: Var[_SupportsIndex] | _SupportsIndex,
        /,
    ) -> Var[bytearray]: ...
    @overload
    def __imul__(
        self: Var[list[_T]],
        arg0: Var[_SupportsIndex] | _SupportsIndex,
        /,
    ) -> Var[list[_T]]: ...
    @overload
    def __imul__(self: Var[int], arg0: int | Var[int], /) -> Var[int]: ...
    @overload
    def __imul__(self: Var[float], arg0: float | Var[float], /) -> Var[float]: ...
    @overload
    def __imul__(self: Var[complex], arg0: complex | Var[complex], /) -> Var[complex]: ...
    @overload
    def __imul__(self: Var[str], arg0: Var[_SupportsIndex] | _SupportsIndex, /) -> Var[str]: ...
    @overload
    def __imul__(self: Var[bytes], arg0: Var[_SupportsIndex] | _SupportsIndex, /) -> Var[bytes]: ...
    @overload
    def __imul__(
        self: Var[tuple[_T_co, ...]],
        arg0: Var[_SupportsIndex] | _SupportsIndex,
        /,
    ) -> Var[tuple[_T_co, ...]]: ...
    @overload
    def __imul__(self: Var[int], other: int | Var[int], /) -> Var[int]: ...
    @overload
    def __imul__(self: Var[float], other: float | Var[float], /) -> Var[float]: ...
    @overload
    def __imul__(self: Var[complex], other: complex | Var[complex], /) -> Var[complex]: ...
    @overload
    def __imul__(self: Var[_SupportsIndex], other: str | Var[str], /) -> Var[str]: ...
    @overload
    def __imul__(self: Var[_SupportsIndex], other: bytes | Var[bytes], /) -> Var[bytes]: ...
    @overload
    def __imul__(
        self: Var[_SupportsIndex],
        other: bytearray | Var[bytearray],
        /,
    ) -> Var[bytearray]: ...
    @overload
    def __imul__(
        self: Var[_SupportsIndex],
        other: tuple[_T_co, ...] | Var[tuple[_T_co, ...]],
        /,
    ) -> Var[tuple[_T_co, ...]]: ...
    @overload
    def __imul__(self: Var[_SupportsIndex], other: list[_T] | Var[list[_T]], /) -> Var[list[_T]]: ...
    @overload
    def __imul__(self: Var[_Can_mul[_A, _R]], other: Var[_A], /) -> Var[_R]: ...
    @overload
    def __imul__(self: Var[_Can_mul[_L, _R]], other: _L, /) -> Var[_R]: ...
    @overload
    def __imul__(self: Var[_A], other: Var[_Can_rmul[_A, _R]], /) -> Var[_R]: ...
    @overload
    def __matmul__(self: Var[_HasIt], other: Any, /) -> Var[Any]: ...
    @overload
    def __matmul__(self: Var[_Can_matmul[_A, _R]], other: Var[_A], /) -> Var[_R]: ...
    @overload
    def __matmul__(self: Var[_Can_matmul[_L, _R]], other: _L, /) -> Var[_R]: ...
    @overload
    def __matmul__(self: Var[_A], other: Var[_Can_rmatmul[_A, _R]], /) -> Var[_R]: ...
    @overload
    def __rmatmul__(self: Var[_HasIt], other: Any, /) -> Var[Any]: ...
    @overload
    def __rmatmul__(self: Var[_Can_rmatmul[_L, _R]], other: _L, /) -> Var[_R]: ...
    @overload
    def __truediv__(self: Var[_HasIt], other: Any, /) -> Var[Any]: ...
    @overload
    def __truediv__(self: Var[int], arg0: int | Var[int], /) -> Var[float]: ...
    @overload
    def __truediv__(self: Var[float], arg0: float | Var[float], /) -> Var[float]: ...
    @overload
    def __truediv__(self: Var[complex], arg0: complex | Var[complex], /) -> Var[complex]: ...
    @overload
    def __truediv__(self: Var[int], other: int | Var[int], /) -> Var[float]: ...
    @overload
    def __truediv__(self: Var[float], other: float | Var[float], /) -> Var[float]: ...
    @overload
    def __truediv__(self: Var[complex], other: complex | Var[complex], /) -> Var[complex]: ...
    @overload
    def __truediv__(self: Var[_Can_truediv[_A, _R]], other: Var[_A], /) -> Var[_R]: ...
    @overload
    def __truediv__(self: Var[_Can_truediv[_L, _R]], other: _L, /) -> Var[_R]: ...
    @overload
    def __truediv__(self: Var[_A], other: Var[_Can_rtruediv[_A, _R]], /) -> Var[_R]: ...
    @overload
    def __rtruediv__(self: Var[_HasIt], other: Any, /) -> Var[Any]: ...
    @overload
    def __rtruediv__(self: Var[int], arg0: int | Var[int], /) -> Var[float]: ...
    @overload
    def __rtruediv__(self: Var[float], arg0: float | Var[float], /) -> Var[float]: ...
    @overload
    def __rtruediv__(self: Var[complex], arg0: complex | Var[complex], /) -> Var[complex]: ...
    @overload
    def __rtruediv__(self: Var[int], other: int, /) -> Var[float]: ...
    @overload
    def __rtruediv__(self: Var[float], other: float, /) -> Var[float]: ...
    @overload
    def __rtruediv__(self: Var[complex], other: complex, /) -> Var[complex]: ...
    @overload
    def __rtruediv__(self: Var[_Can_rtruediv[_L, _R]], other: _L, /) -> Var[_R]: ...
    @overload
    def __floordiv__(self: Var[_HasIt], other: Any, /) -> Var[Any]: ...
    @overload
    def __floordiv__(self: Var[int], arg0: int | Var[int], /) -> Var[int]: ...
    @overload
    def __floordiv__(self: Var[float], arg0: float | Var[float], /) -> Var[float]: ...
    @overload
    def __floordiv__(self: Var[int], other: int | Var[int], /) -> Var[int]: ...
    @overload
    def __floordiv__(self: Var[float], other: float | Var[float], /) -> Var[float]: ...
    @overload
    def __floordiv__(self: Var[_Can_floordiv[_A, _R]], other: Var[_A], /) -> Var[_R]: ...
    @overload
    def __floordiv__(self: Var[_Can_floordiv[_L, _R]], other: _L, /) -> Var[_R]: ...
    @overload
    def __floordiv__(self: Var[_A], other: Var[_Can_rfloordiv[_A, _R]], /) -> Var[_R]: ...
    @overload
    def __rfloordiv__(self: Var[_HasIt], other: Any, /) -> Var[Any]: ...
    @overload
    def __rfloordiv__(self: Var[int], arg0: int | Var[int], /) -> Var[int]: ...
    @overload
    def __rfloordiv__(self: Var[float], arg0: float | Var[float], /) -> Var[float]: ...
    @overload
    def __rfloordiv__(self: Var[int], other: int, /) -> Var[int]: ...
    @overload
    def __rfloordiv__(self: Var[float], other: float, /) -> Var[float]: ...
    @overload
    def __rfloordiv__(self: Var[_Can_rfloordiv[_L, _R]], other: _L, /) -> Var[_R]: ...
    @overload
    def __mod__(self: Var[_HasIt], other: Any, /) -> Var[Any]: ...
    @overload
    def __mod__(self: Var[int], arg0: int | Var[int], /) -> Var[int]: ...
    @overload
    def __mod__(self: Var[float], arg0: float | Var[float], /) -> Var[float]: ...
    @overload
    def __mod__(self: Var[str], arg0: Any, /) -> Var[str]: ...
    @overload
    def __mod__(self: Var[bytes], arg0: Any, /) -> Var[bytes]: ...
    @overload
    def __mod__(self: Var[bytearray], arg0: Any, /) -> Var[bytes]: ...
    @overload
    def __mod__(self: Var[int], other: int | Var[int], /) -> Var[int]: ...
    @overload
    def __mod__(self: Var[float], other: float | Var[float], /) -> Var[float]: ...
    @overload
    def __mod__(self: Var[_Can_mod[_A, _R]], other: Var[_A], /) -> Var[_R]: ...
    @overload
    def __mod__(self: Var[_Can_mod[_L, _R]], other: _L, /) -> Var[_R]: ...
    @overload
    def __mod__(self: Var[_A], other: Var[_Can_rmod[_A, _R]], /) -> Var[_R]: ...
    @overload
    def __rmod__(self: Var[_HasIt], other: Any, /) -> Var[Any]: ...
    @overload
    def __rmod__(self: Var[int], arg0: int | Var[int], /) -> Var[int]: ...
    @overload
    def __rmod__(self: Var[float], arg0: float | Var[float], /) -> Var[float]: ...
    @overload
    def __rmod__(self: Var[int], other: int, /) -> Var[int]: ...
    @overload
    def __rmod__(self: Var[float], other: float, /) -> Var[float]: ...
    @overload
    def __rmod__(self: Var[Any], other: str, /) -> Var[str]: ...
    @overload
    def __rmod__(self: Var[Any], other: bytes, /) -> Var[bytes]: ...
    @overload
    def __rmod__(self: Var[Any], other: bytearray, /) -> Var[bytes]: ...
    @overload
    def __rmod__(self: Var[_Can_rmod[_L, _R]], other: _L, /) -> Var[_R]: ...
    @overload
    def __divmod__(self: Var[_HasIt], other: Any, /) -> Var[Any]: ...
    @overload
    def __divmod__(self: Var[int], arg0: int | Var[int], /) -> Var[tuple[int, int]]: ...
    @overload
    def __divmod__(self: Var[float], arg0: float | Var[float], /) -> Var[tuple[float, float]]: ...
    @overload
    def __divmod__(self: Var[int], other: int | Var[int], /) -> Var[tuple[int, int]]: ...
    @overload
    def __divmod__(self: Var[float], other: float | Var[float], /) -> Var[tuple[float, float]]: ...
    @overload
    def __divmod__(self: Var[_Can_divmod[_A, _R]], other: Var[_A], /) -> Var[_R]: ...
    @overload
    def __divmod__(self: Var[_Can_divmod[_L, _R]], other: _L, /) -> Var[_R]: ...
    @overload
    def __divmod__(self: Var[_A], other: Var[_Can_rdivmod[_A, _R]], /) -> Var[_R]: ...
    @overload
    def __rdivmod__(self: Var[_HasIt], other: Any, /) -> Var[Any]: ...
    @overload
    def __rdivmod__(self: Var[int], arg0: int | Var[int], /) -> Var[tuple[int, int]]: ...
    @overload
    def __rdivmod__(self: Var[float], arg0: float | Var[float], /) -> Var[tuple[float, float]]: ...
    @overload
    def __rdivmod__(self: Var[int], other: int, /) -> Var[tuple[int, int]]: ...
    @overload
    def __rdivmod__(self: Var[float], other: float, /) -> Var[tuple[float, float]]: ...
    @overload
    def __rdivmod__(self: Var[_Can_rdivmod[_L, _R]], other: _L, /) -> Var[_R]: ...
    @overload
    def __pow__(self: Var[_HasIt], other: Any, /) -> Var[Any]: ...
    @overload
    def __pow__(self: Var[int], arg0: Literal[0] | Var[Literal[0]], /) -> Var[Literal[1]]: ...
    @overload
    def __pow__(
        self: Var[int],
        arg0: Literal[0] | Var[Literal[0]],
        arg1: None | Var[None],
        /,
    ) -> Var[Literal[1]]: ...
    @overload
    def __pow__(
        self: Var[int],
        arg0: _Type1 | Var[_Type1],
        arg1: None | Var[None] = ...,
        /,
    ) -> Var[int]: ...
    @overload
    def __pow__(
        self: Var[int],
        arg0: _Type2 | Var[_Type2],
        arg1: None | Var[None] = ...,
        /,
    ) -> Var[float]: ...
    @overload
    def __pow__(
        self: Var[int],
        arg0: int | Var[int],
        arg1: None | Var[None] = ...,
        /,
    ) -> Var[Any]: ...
    @overload
    def __pow__(self: Var[int], arg0: int | Var[int], arg1: int | Var[int], /) -> Var[int]: ...
    @overload
    def __pow__(
        self: Var[float],
        arg0: int | Var[int],
        arg1: None | Var[None] = ...,
        /,
    ) -> Var[float]: ...
    @overload
    def __pow__(
        self: Var[float],
        arg0: float | Var[float],
        arg1: None | Var[None] = ...,
        /,
    ) -> Var[Any]: ...
    @overload
    def __pow__(
        self: Var[complex],
        arg0: complex | Var[complex],
        arg1: None | Var[None] = ...,
        /,
    ) -> Var[complex]: ...
    @overload
    def __pow__(self: Var[int], other: int | Var[int], /) -> Var[Any]: ...
    @overload
    def __pow__(self: Var[float], other: float | Var[float], /) -> Var[Any]: ...
    @overload
    def __pow__(self: Var[complex], other: complex | Var[complex], /) -> Var[complex]: ...
    @overload
    def __pow__(self: Var[_Can_pow[_A, _R]], other: Var[_A], /) -> Var[_R]: ...
    @overload
    def __pow__(self: Var[_Can_pow[_L, _R]], other: _L, /) -> Var[_R]: ...
    @overload
    def __pow__(self: Var[_A], other: Var[_Can_rpow[_A, _R]], /) -> Var[_R]: ...
    @overload
    def __rpow__(self: Var[_HasIt], other: Any, /) -> Var[Any]: ...
    @overload
    def __rpow__(
        self: Var[int],
        arg0: int | Var[int],
        arg1: int | None | Var[int | None] = ...,
        /,
    ) -> Var[Any]: ...
    @overload
    def __rpow__(
        self: Var[float],
        arg0: _Type1 | Var[_Type1],
        arg1: None | Var[None] = ...,
        /,
    ) -> Var[float]: ...
    @overload
    def __rpow__(
        self: Var[float],
        arg0: _Type2 | Var[_Type2],
        arg1: None | Var[None] = ...,
        /,
    ) -> Var[complex]: ...
    @overload
    def __rpow__(
        self: Var[float],
        arg0: float | Var[float],
        arg1: None | Var[None] = ...,
        /,
    ) -> Var[Any]: ...
    @overload
    def __rpow__(
        self: Var[complex],
        arg0: complex | Var[complex],
        arg1: None | Var[None] = ...,
        /,
    ) -> Var[complex]: ...
    @overload
    def __rpow__(self: Var[Literal[0]], other: int, /) -> Var[Literal[1]]: ...
    @overload
    def __rpow__(self: Var[int], other: int, /) -> Var[Any]: ...
    @overload
    def __rpow__(self: Var[int], other: int, /) -> Var[int]: ...
    @overload
    def __rpow__(self: Var[int], other: float, /) -> Var[float]: ...
    @overload
    def __rpow__(self: Var[float], other: float, /) -> Var[Any]: ...
    @overload
    def __rpow__(self: Var[complex], other: complex, /) -> Var[complex]: ...
    @overload
    def __rpow__(self: Var[_Can_rpow[_L, _R]], other: _L, /) -> Var[_R]: ...
    @overload
    def __lshift__(self: Var[_HasIt], other: Any, /) -> Var[Any]: ...
    @overload
    def __lshift__(self: Var[int], arg0: int | Var[int], /) -> Var[int]: ...
    @overload
    def __lshift__(self: Var[int], other: int | Var[int], /) -> Var[int]: ...
    @overload
    def __lshift__(self: Var[_Can_lshift[_A, _R]], other: Var[_A], /) -> Var[_R]: ...
    @overload
    def __lshift__(self: Var[_Can_lshift[_L, _R]], other: _L, /) -> Var[_R]: ...
    @overload
    def __lshift__(self: Var[_A], other: Var[_Can_rlshift[_A, _R]], /) -> Var[_R]: ...
    @overload
    def __rlshift__(self: Var[_HasIt], other: Any, /) -> Var[Any]: ...
    @overload
    def __rlshift__(self: Var[int], arg0: int | Var[int], /) -> Var[int]: ...
    @overload
    def __rlshift__(self: Var[int], other: int, /) -> Var[int]: ...
    @overload
    def __rlshift__(self: Var[_Can_rlshift[_L, _R]], other: _L, /) -> Var[_R]: ...
    @overload
    def __rshift__(self: Var[_HasIt], other: Any, /) -> Var[Any]: ...
    @overload
    def __rshift__(self: Var[int], arg0: int | Var[int], /) -> Var[int]: ...
    @overload
    def __rshift__(self: Var[int], other: int | Var[int], /) -> Var[int]: ...
    @overload
    def __rshift__(self: Var[_Can_rshift[_A, _R]], other: Var[_A], /) -> Var[_R]: ...
    @overload
    def __rshift__(self: Var[_Can_rshift[_L, _R]], other: _L, /) -> Var[_R]: ...
    @overload
    def __rshift__(self: Var[_A], other: Var[_Can_rrshift[_A, _R]], /) -> Var[_R]: ...
    @overload
    def __rrshift__(self: Var[_HasIt], other: Any, /) -> Var[Any]: ...
    @overload
    def __rrshift__(self: Var[int], arg0: int | Var[int], /) -> Var[int]: ...
    @overload
    def __rrshift__(self: Var[int], other: int, /) -> Var[int]: ...
    @overload
    def __rrshift__(self: Var[_Can_rrshift[_L, _R]], other: _L, /) -> Var[_R]: ...
    @overload
    def __and__(self: Var[_HasIt], other: Any, /) -> Var[Any]: ...
    @overload
    def __and__(self: Var[bool], arg0: bool | Var[bool], /) -> Var[bool]: ...
    @overload
    def __and__(self: Var[bool], arg0: int | Var[int], /) -> Var[int]: ...
    @overload
    def __and__(self: Var[int], arg0: int | Var[int], /) -> Var[int]: ...
    @overload
    def __and__(
        self: Var[set[_T]],
        arg0: typing.AbstractSet[object] | Var[typing.AbstractSet[object]],
        /,
    ) -> Var[set[_T]]: ...
    @overload
    def __and__(
        self: Var[frozenset[_T_co]],
        arg0: typing.AbstractSet[object] | Var[typing.AbstractSet[object]],
        /,
    ) -> Var[frozenset[_T_co]]: ...
    @overload
    def __and__(
        self: Var[typing.ItemsView[_KT_co, _VT_co]],
        arg0: Var[typing.Iterable[Any]] | typing.Iterable[Any],
        /,
    ) -> Var[set[tuple[_KT_co, _VT_co]]]: ...
    @overload
    def __and__(
        self: Var[typing.KeysView[_KT_co]],
        arg0: Var[typing.Iterable[Any]] | typing.Iterable[Any],
        /,
    ) -> Var[set[_KT_co]]: ...
    @overload
    def __and__(
        self: Var[typing.AbstractSet[_T_co]],
        arg0: typing.AbstractSet[Any] | Var[typing.AbstractSet[Any]],
        /,
    ) -> Var[typing.AbstractSet[_T_co]]: ...
    @overload
    def __and__(self: Var[bool], other: bool | Var[bool], /) -> Var[bool]: ...
    @overload
    def __and__(self: Var[int], other: bool | Var[bool], /) -> Var[int]: ...
    @overload
    def __and__(self: Var[int], other: int | Var[int], /) -> Var[int]: ...
    @overload
    def __and__(
        self: Var[typing.Iterable[_T]],
        other: typing.ItemsView[_KT_co, _VT_co] | Var[typing.ItemsView[_KT_co, _VT_co]],
        /,
    ) -> Var[set[_T]]: ...
    @overload
    def __and__(
        self: Var[typing.Iterable[_T]],
        other: typing.KeysView[_KT_co] | Var[typing.KeysView[_KT_co]],
        /,
    ) -> Var[set[_T]]: ...
    @overload
    def __and__(self: Var[_Can_and[_A, _R]], other: Var[_A], /) -> Var[_R]: ...
    @overload
    def __and__(self: Var[_Can_and[_L, _R]], other: _L, /) -> Var[_R]: ...
    @overload
    def __and__(self: Var[_A], other: Var[_Can_rand[_A, _R]], /) -> Var[_R]: ...
    @overload
    def __rand__(self: Var[_HasIt], other: Any, /) -> Var[Any]: ...
    @overload
    def __rand__(self: Var[bool], arg0: bool | Var[bool], /) -> Var[bool]: ...
    @overload
    def __rand__(self: Var[bool], arg0: int | Var[int], /) -> Var[int]: ...
    @overload
    def __rand__(self: Var[int], arg0: int | Var[int], /) -> Var[int]: ...
    @overload
    def __rand__(
        self: Var[typing.ItemsView[_KT_co, _VT_co]],
        arg0: Var[typing.Iterable[_T]],
        /,
    ) -> Var[set[_T]]: ...
    @overload
    def __rand__(
        self: Var[typing.ItemsView[_KT_co, _VT_co]],
        arg0: typing.Iterable[Var[_T]],
        /,
    ) -> Var[set[_T]]: ...
    @overload
    def __rand__(
        self: Var[typing.ItemsView[_KT_co, _VT_co]],
        arg0: typing.Iterable[_T],
        /,
    ) -> Var[set[_T]]: ...
    @overload
    def __rand__(
        self: Var[typing.KeysView[_KT_co]],
        arg0: Var[typing.Iterable[_T]],
        /,
    ) -> Var[set[_T]]: ...
    @overload
    def __rand__(
        self: Var[typing.KeysView[_KT_co]],
        arg0: typing.Iterable[Var[_T]],
        /,
    ) -> Var[set[_T]]: ...
    @overload
    def __rand__(
        self: Var[typing.KeysView[_KT_co]],
        arg0: typing.Iterable[_T],
        /,
    ) -> Var[set[_T]]: ...
    @overload
    def __rand__(self: Var[bool], other: bool, /) -> Var[bool]: ...
    @overload
    def __rand__(self: Var[int], other: bool, /) -> Var[int]: ...
    @overload
    def __rand__(self: Var[int], other: int, /) -> Var[int]: ...
    @overload
    def __rand__(self: Var[typing.AbstractSet[object]], other: set[_T], /) -> Var[set[_T]]: ...
    @overload
    def __rand__(
        self: Var[typing.AbstractSet[object]],
        other: frozenset[_T_co],
        /,
    ) -> Var[frozenset[_T_co]]: ...
    @overload
    def __rand__(
        self: Var[typing.Iterable[Any]],
        other: typing.ItemsView[_KT_co, _VT_co],
        /,
    ) -> Var[set[tuple[_KT_co, _VT_co]]]: ...
    @overload
    def __rand__(
        self: Var[typing.Iterable[Any]],
        other: typing.KeysView[_KT_co],
        /,
    ) -> Var[set[_KT_co]]: ...
    @overload
    def __rand__(
        self: Var[typing.AbstractSet[Any]],
        other: typing.AbstractSet[_T_co],
        /,
    ) -> Var[typing.AbstractSet[_T_co]]: ...
    @overload
    def __rand__(self: Var[_Can_rand[_L, _R]], other: _L, /) -> Var[_R]: ...
    @overload
    def __iand__(self: Var[_HasIt], other: Any, /) -> Var[Any]: ...
    @overload
    def __iand__(
        self: Var[set[_T]],
        arg0: typing.AbstractSet[object] | Var[typing.AbstractSet[object]],
        /,
    ) -> Var[set[_T]]: ...
    @overload
    def __iand__(
        self: Var[typing.MutableSet[_T]],
        arg0: typing.AbstractSet[Any] | Var[typing.AbstractSet[Any]],
        /,
    ) -> Var[typing.MutableSet[_T]]: ...
    @overload
    def __iand__(self: Var[bool], arg0: bool | Var[bool], /) -> Var[bool]: ...
    @overload
    def __iand__(self: Var[bool], arg0: int | Var[int], /) -> Var[int]: ...
    @overload
    def __iand__(self: Var[int], arg0: int | Var[int], /) -> Var[int]: ...
    @overload
    def __iand__(
        self: Var[frozenset[_T_co]],
        arg0: typing.AbstractSet[object] | Var[typing.AbstractSet[object]],
        /,
    ) -> Var[frozenset[_T_co]]: ...
    @overload
    def __iand__(
        self: Var[typing.ItemsView[_KT_co, _VT_co]],
        arg0: Var[typing.Iterable[Any]] | typing.Iterable[Any],
        /,
    ) -> Var[set[tuple[_KT_co, _VT_co]]]: ...
    @overload
    def __iand__(
        self: Var[typing.KeysView[_KT_co]],
        arg0: Var[typing.Iterable[Any]] | typing.Iterable[Any],
        /,
    ) -> Var[set[_KT_co]]: ...
    @overload
    def __iand__(
        self: Var[typing.AbstractSet[_T_co]],
        arg0: typing.AbstractSet[Any] | Var[typing.AbstractSet[Any]],
        /,
    ) -> Var[typing.AbstractSet[_T_co]]: ...
    @overload
    def __iand__(self: Var[bool], other: bool | Var[bool], /) -> Var[bool]: ...
    @overload
    def __iand__(self: Var[int], other: bool | Var[bool], /) -> Var[int]: ...
    @overload
    def __iand__(self: Var[int], other: int | Var[int], /) -> Var[int]: ...
    @overload
    def __iand__(
        self: Var[typing.Iterable[_T]],
        other: typing.ItemsView[_KT_co, _VT_co] | Var[typing.ItemsView[_KT_co, _VT_co]],
        /,
    ) -> Var[set[_T]]: ...
    @overload
    def __iand__(
        self: Var[typing.Iterable[_T]],
        other: typing.KeysView[_KT_co] | Var[typing.KeysView[_KT_co]],
        /,
    ) -> Var[set[_T]]: ...
    @overload
    def __iand__(self: Var[_Can_and[_A, _R]], other: Var[_A], /) -> Var[_R]: ...
    @overload
    def __iand__(self: Var[_Can_and[_L, _R]], other: _L, /) -> Var[_R]: ...
    @overload
    def __iand__(self: Var[_A], other: Var[_Can_rand[_A, _R]], /) -> Var[_R]: ...
    @overload
    def __xor__(self: Var[_HasIt], other: Any, /) -> Var[Any]: ...
    @overload
    def __xor__(self: Var[bool], arg0: bool | Var[bool], /) -> Var[bool]: ...
    @overload
    def __xor__(self: Var[bool], arg0: int | Var[int], /) -> Var[int]: ...
    @overload
    def __xor__(self: Var[int], arg0: int | Var[int], /) -> Var[int]: ...
    @overload
    def __xor__(self: Var[set[_T]], arg0: Var[typing.AbstractSet[_S]], /) -> Var[set[_T | _S]]: ...
    @overload
    def __xor__(self: Var[set[_T]], arg0: typing.AbstractSet[Var[_S]], /) -> Var[set[_T | _S]]: ...
    @overload
    def __xor__(self: Var[set[_T]], arg0: typing.AbstractSet[_S], /) -> Var[set[_T | _S]]: ...
    @overload
    def __xor__(
        self: Var[frozenset[_T_co]],
        arg0: Var[typing.AbstractSet[_S]],
        /,
    ) -> Var[frozenset[_T_co | _S]]: ...
    @overload
    def __xor__(
        self: Var[frozenset[_T_co]],
        arg0: typing.AbstractSet[Var[_S]],
        /,
    ) -> Var[frozenset[_T_co | _S]]: ...
    @overload
    def __xor__(
        self: Var[frozenset[_T_co]],
        arg0: typing.AbstractSet[_S],
        /,
    ) -> Var[frozenset[_T_co | _S]]: ...
    @overload
    def __xor__(
        self: Var[typing.ItemsView[_KT_co, _VT_co]],
        arg0: Var[typing.Iterable[_T]],
        /,
    ) -> Var[set[tuple[_KT_co, _VT_co] | _T]]: ...
    @overload
    def __xor__(
        self: Var[typing.ItemsView[_KT_co, _VT_co]],
        arg0: typing.Iterable[Var[_T]],
        /,
    ) -> Var[set[tuple[_KT_co, _VT_co] | _T]]: ...
    @overload
    def __xor__(
        self: Var[typing.ItemsView[_KT_co, _VT_co]],
        arg0: typing.Iterable[_T],
        /,
    ) -> Var[set[tuple[_KT_co, _VT_co] | _T]]: ...
    @overload
    def __xor__(
        self: Var[typing.KeysView[_KT_co]],
        arg0: Var[typing.Iterable[_T]],
        /,
    ) -> Var[set[_KT_co | _T]]: ...
    @overload
    def __xor__(
        self: Var[typing.KeysView[_KT_co]],
        arg0: typing.Iterable[Var[_T]],
        /,
    ) -> Var[set[_KT_co | _T]]: ...
    @overload
    def __xor__(
        self: Var[typing.KeysView[_KT_co]],
        arg0: typing.Iterable[_T],
        /,
    ) -> Var[set[_KT_co | _T]]: ...
    @overload
    def __xor__(
        self: Var[typing.AbstractSet[_T_co]],
        arg0: Var[typing.AbstractSet[_T]],
        /,
    ) -> Var[typing.AbstractSet[_T_co | _T]]: ...
    @overload
    def __xor__(
        self: Var[typing.AbstractSet[_T_co]],
        arg0: typing.AbstractSet[Var[_T]],
        /,
    ) -> Var[typing.AbstractSet[_T_co | _T]]: ...
    @overload
    def __xor__(
        self: Var[typing.AbstractSet[_T_co]],
        arg0: typing.AbstractSet[_T],
        /,
    ) -> Var[typing.AbstractSet[_T_co | _T]]: ...
    @overload
    def __xor__(self: Var[bool], other: bool | Var[bool], /) -> Var[bool]: ...
    @overload
    def __xor__(self: Var[int], other: bool | Var[bool], /) -> Var[int]: ...
    @overload
    def __xor__(self: Var[int], other: int | Var[int], /) -> Var[int]: ...
    @overload
    def __xor__(
        self: Var[typing.Iterable[_T]],
        other: typing.ItemsView[_KT_co, _VT_co] | Var[typing.ItemsView[_KT_co, _VT_co]],
        /,
    ) -> Var[set[tuple[_KT_co, _VT_co] | _T]]: ...
    @overload
    def __xor__(
        self: Var[typing.Iterable[_T]],
        other: typing.KeysView[_KT_co] | Var[typing.KeysView[_KT_co]],
        /,
    ) -> Var[set[_KT_co | _T]]: ...
    @overload
    def __xor__(self: Var[_Can_xor[_A, _R]], other: Var[_A], /) -> Var[_R]: ...
    @overload
    def __xor__(self: Var[_Can_xor[_L, _R]], other: _L, /) -> Var[_R]: ...
    @overload
    def __xor__(self: Var[_A], other: Var[_Can_rxor[_A, _R]], /) -> Var[_R]: ...
    @overload
    def __rxor__(self: Var[_HasIt], other: Any, /) -> Var[Any]: ...
    @overload
    def __rxor__(self: Var[bool], arg0: bool | Var[bool], /) -> Var[bool]: ...
    @overload
    def __rxor__(self: Var[bool], arg0: int | Var[int], /) -> Var[int]: ...
    @overload
    def __rxor__(self: Var[int], arg0: int | Var[int], /) -> Var[int]: ...
    @overload
    def __rxor__(
        self: Var[typing.ItemsView[_KT_co, _VT_co]],
        arg0: Var[typing.Iterable[_T]],
        /,
    ) -> Var[set[tuple[_KT_co, _VT_co] | _T]]: ...
    @overload
    def __rxor__(
        self: Var[typing.ItemsView[_KT_co, _VT_co]],
        arg0: typing.Iterable[Var[_T]],
        /,
    ) -> Var[set[tuple[_KT_co, _VT_co] | _T]]: ...
    @overload
    def __rxor__(
        self: Var[typing.ItemsView[_KT_co, _VT_co]],
        arg0: typing.Iterable[_T],
        /,
    ) -> Var[set[tuple[_KT_co, _VT_co] | _T]]: ...
    @overload
    def __rxor__(
        self: Var[typing.KeysView[_KT_co]],
        arg0: Var[typing.Iterable[_T]],
        /,
    ) -> Var[set[_KT_co | _T]]: ...
    @overload
    def __rxor__(
        self: Var[typing.KeysView[_KT_co]],
        arg0: typing.Iterable[Var[_T]],
        /,
    ) -> Var[set[_KT_co | _T]]: ...
    @overload
    def __rxor__(
        self: Var[typing.KeysView[_KT_co]],
        arg0: typing.Iterable[_T],
        /,
    ) -> Var[set[_KT_co | _T]]: ...
    @overload
    def __rxor__(self: Var[bool], other: bool, /) -> Var[bool]: ...
    @overload
    def __rxor__(self: Var[int], other: bool, /) -> Var[int]: ...
    @overload
    def __rxor__(self: Var[int], other: int, /) -> Var[int]: ...
    @overload
    def __rxor__(self: Var[typing.AbstractSet[_S]], other: set[_T], /) -> Var[set[_T | _S]]: ...
    @overload
    def __rxor__(
        self: Var[typing.AbstractSet[_S]],
        other: frozenset[_T_co],
        /,
    ) -> Var[frozenset[_T_co | _S]]: ...
    @overload
    def __rxor__(
        self: Var[typing.Iterable[_T]],
        other: typing.ItemsView[_KT_co, _VT_co],
        /,
    ) -> Var[set[tuple[_KT_co, _VT_co] | _T]]: ...
    @overload
    def __rxor__(
        self: Var[typing.Iterable[_T]],
        other: typing.KeysView[_KT_co],
        /,
    ) -> Var[set[_KT_co | _T]]: ...
    @overload
    def __rxor__(
        self: Var[typing.AbstractSet[_T]],
        other: typing.AbstractSet[_T_co],
        /,
    ) -> Var[typing.AbstractSet[_T_co | _T]]: ...
    @overload
    def __rxor__(self: Var[_Can_rxor[_L, _R]], other: _L, /) -> Var[_R]: ...
    @overload
    def __ixor__(self: Var[_HasIt], other: Any, /) -> Var[Any]: ...
    @overload
    def __ixor__(
        self: Var[set[_T]],
        arg0: typing.AbstractSet[_T | Var[_T]] | Var[typing.AbstractSet[_T]],
        /,
    ) -> Var[set[_T]]: ...
    @overload
    def __ixor__(
        self: Var[typing.MutableSet[_T]],
        arg0: typing.AbstractSet[_T | Var[_T]] | Var[typing.AbstractSet[_T]],
        /,
    ) -> Var[typing.MutableSet[_T]]: ...
    @overload
    def __ixor__(self: Var[bool], arg0: bool | Var[bool], /) -> Var[bool]: ...
    @overload
    def __ixor__(self: Var[bool], arg0: int | Var[int], /) -> Var[int]: ...
    @overload
    def __ixor__(self: Var[int], arg0: int | Var[int], /) -> Var[int]: ...
    @overload
    def __ixor__(self: Var[set[_T]], arg0: Var[typing.AbstractSet[_S]], /) -> Var[set[_T | _S]]: ...
    @overload
    def __ixor__(self: Var[set[_T]], arg0: typing.AbstractSet[Var[_S]], /) -> Var[set[_T | _S]]: ...
    @overload
    def __ixor__(self: Var[set[_T]], arg0: typing.AbstractSet[_S], /) -> Var[set[_T | _S]]: ...
    @overload
    def __ixor__(
        self: Var[frozenset[_T_co]],
        arg0: Var[typing.AbstractSet[_S]],
        /,
    ) -> Var[frozenset[_T_co | _S]]: ...
    @overload
    def __ixor__(
        self: Var[frozenset[_T_co]],
        arg0: typing.AbstractSet[Var[_S]],
        /,
    ) -> Var[frozenset[_T_co | _S]]: ...
    @overload
    def __ixor__(
        self: Var[frozenset[_T_co]],
        arg0: typing.AbstractSet[_S],
        /,
    ) -> Var[frozenset[_T_co | _S]]: ...
    @overload
    def __ixor__(
        self: Var[typing.ItemsView[_KT_co, _VT_co]],
        arg0: Var[typing.Iterable[_T]],
        /,
    ) -> Var[set[tuple[_KT_co, _VT_co] | _T]]: ...
    @overload
    def __ixor__(
        self: Var[typing.ItemsView[_KT_co, _VT_co]],
        arg0: typing.Iterable[Var[_T]],
        /,
    ) -> Var[set[tuple[_KT_co, _VT_co] | _T]]: ...
    @overload
    def __ixor__(
        self: Var[typing.ItemsView[_KT_co, _VT_co]],
        arg0: typing.Iterable[_T],
        /,
    ) -> Var[set[tuple[_KT_co, _VT_co] | _T]]: ...
    @overload
    def __ixor__(
        self: Var[typing.KeysView[_KT_co]],
        arg0: Var[typing.Iterable[_T]],
        /,
    ) -> Var[set[_KT_co | _T]]: ...
    @overload
    def __ixor__(
        self: Var[typing.KeysView[_KT_co]],
        arg0: typing.Iterable[Var[_T]],
        /,
    ) -> Var[set[_KT_co | _T]]: ...
    @overload
    def __ixor__(
        self: Var[typing.KeysView[_KT_co]],
        arg0: typing.Iterable[_T],
        /,
    ) -> Var[set[_KT_co | _T]]: ...
    @overload
    def __ixor__(
        self: Var[typing.AbstractSet[_T_co]],
        arg0: Var[typing.AbstractSet[_T]],
        /,
    ) -> Var[typing.AbstractSet[_T_co | _T]]: ...
    @overload
    def __ixor__(
        self: Var[typing.AbstractSet[_T_co]],
        arg0: typing.AbstractSet[Var[_T]],
        /,
    ) -> Var[typing.AbstractSet[_T_co | _T]]: ...
    @overload
    def __ixor__(
        self: Var[typing.AbstractSet[_T_co]],
        arg0: typing.AbstractSet[_T],
        /,
    ) -> Var[typing.AbstractSet[_T_co | _T]]: ...
    @overload
    def __ixor__(self: Var[bool], other: bool | Var[bool], /) -> Var[bool]: ...
    @overload
    def __ixor__(self: Var[int], other: bool | Var[bool], /) -> Var[int]: ...
    @overload
    def __ixor__(self: Var[int], other: int | Var[int], /) -> Var[int]: ...
    @overload
    def __ixor__(
        self: Var[typing.Iterable[_T]],
        other: typing.ItemsView[_KT_co, _VT_co] | Var[typing.ItemsView[_KT_co, _VT_co]],
        /,
    ) -> Var[set[tuple[_KT_co, _VT_co] | _T]]: ...
    @overload
    def __ixor__(
        self: Var[typing.Iterable[_T]],
        other: typing.KeysView[_KT_co] | Var[typing.KeysView[_KT_co]],
        /,
    ) -> Var[set[_KT_co | _T]]: ...
    @overload
    def __ixor__(self: Var[_Can_xor[_A, _R]], other: Var[_A], /) -> Var[_R]: ...
    @overload
    def __ixor__(self: Var[_Can_xor[_L, _R]], other: _L, /) -> Var[_R]: ...
    @overload
    def __ixor__(self: Var[_A], other: Var[_Can_rxor[_A, _R]], /) -> Var[_R]: ...
    @overload
    def __or__(self: Var[_HasIt], other: Any, /) -> Var[Any]: ...
    @overload
    def __or__(self: Var[bool], arg0: bool | Var[bool], /) -> Var[bool]: ...
    @overload
    def __or__(self: Var[bool], arg0: int | Var[int], /) -> Var[int]: ...
    @overload
    def __or__(self: Var[int], arg0: int | Var[int], /) -> Var[int]: ...
    @overload
    def __or__(
        self: Var[dict[_KT, _VT]],
        arg0: Var[dict[_KT, _VT]] | _Dict[_KT, _VT | Var[_VT]],
        /,
    ) -> Var[dict[_KT, _VT]]: ...
    @overload
    def __or__(
        self: Var[dict[_KT, _VT]],
        arg0: Var[dict[_T1, _T2]],
        /,
    ) -> Var[dict[_KT | _T1, _VT | _T2]]: ...
    @overload
    def __or__(
        self: Var[dict[_KT, _VT]],
        arg0: _Dict[_T1, Var[_T2]],
        /,
    ) -> Var[dict[_KT | _T1, _VT | _T2]]: ...
    @overload
    def __or__(
        self: Var[dict[_KT, _VT]],
        arg0: dict[_T1, _T2],
        /,
    ) -> Var[dict[_KT | _T1, _VT | _T2]]: ...
    @overload
    def __or__(self: Var[set[_T]], arg0: Var[typing.AbstractSet[_S]], /) -> Var[set[_T | _S]]: ...
    @overload
    def __or__(self: Var[set[_T]], arg0: typing.AbstractSet[Var[_S]], /) -> Var[set[_T | _S]]: ...
    @overload
    def __or__(self: Var[set[_T]], arg0: typing.AbstractSet[_S], /) -> Var[set[_T | _S]]: ...
    @overload
    def __or__(
        self: Var[frozenset[_T_co]],
        arg0: Var[typing.AbstractSet[_S]],
        /,
    ) -> Var[frozenset[_T_co | _S]]: ...
    @overload
    def __or__(
        self: Var[frozenset[_T_co]],
        arg0: typing.AbstractSet[Var[_S]],
        /,
    ) -> Var[frozenset[_T_co | _S]]: ...
    @overload
    def __or__(
        self: Var[frozenset[_T_co]],
        arg0: typing.AbstractSet[_S],
        /,
    ) -> Var[frozenset[_T_co | _S]]: ...
    @overload
    def __or__(
        self: Var[types.MappingProxyType[_KT_co, _VT_co]],
        arg0: Var[typing.Mapping[_T1, _T2]],
        /,
    ) -> Var[dict[_KT_co | _T1, _VT_co | _T2]]: ...
    @overload
    def __or__(
        self: Var[types.MappingProxyType[_KT_co, _VT_co]],
        arg0: typing.Mapping[_T1, Var[_T2]],
        /,
    ) -> Var[dict[_KT_co | _T1, _VT_co | _T2]]: ...
    @overload
    def __or__(
        self: Var[types.MappingProxyType[_KT_co, _VT_co]],
        arg0: typing.Mapping[_T1, _T2],
        /,
    ) -> Var[dict[_KT_co | _T1, _VT_co | _T2]]: ...
    @overload
    def __or__(
        self: Var[typing.ItemsView[_KT_co, _VT_co]],
        arg0: Var[typing.Iterable[_T]],
        /,
    ) -> Var[set[tuple[_KT_co, _VT_co] | _T]]: ...
    @overload
    def __or__(
        self: Var[typing.ItemsView[_KT_co, _VT_co]],
        arg0: typing.Iterable[Var[_T]],
        /,
    ) -> Var[set[tuple[_KT_co, _VT_co] | _T]]: ...
    @overload
    def __or__(
        self: Var[typing.ItemsView[_KT_co, _VT_co]],
        arg0: typing.Iterable[_T],
        /,
    ) -> Var[set[tuple[_KT_co, _VT_co] | _T]]: ...
    @overload
    def __or__(
        self: Var[typing.KeysView[_KT_co]],
        arg0: Var[typing.Iterable[_T]],
        /,
    ) -> Var[set[_KT_co | _T]]: ...
    @overload
    def __or__(
        self: Var[typing.KeysView[_KT_co]],
        arg0: typing.Iterable[Var[_T]],
        /,
    ) -> Var[set[_KT_co | _T]]: ...
    @overload
    def __or__(
        self: Var[typing.KeysView[_KT_co]],
        arg0: typing.Iterable[_T],
        /,
    ) -> Var[set[_KT_co | _T]]: ...
    @overload
    def __or__(
        self: Var[typing.AbstractSet[_T_co]],
        arg0: Var[typing.AbstractSet[_T]],
        /,
    ) -> Var[typing.AbstractSet[_T_co | _T]]: ...
    @overload
    def __or__(
        self: Var[typing.AbstractSet[_T_co]],
        arg0: typing.AbstractSet[Var[_T]],
        /,
    ) -> Var[typing.AbstractSet[_T_co | _T]]: ...
    @overload
    def __or__(
        self: Var[typing.AbstractSet[_T_co]],
        arg0: typing.AbstractSet[_T],
        /,
    ) -> Var[typing.AbstractSet[_T_co | _T]]: ...
    @overload
    def __or__(self: Var[bool], other: bool | Var[bool], /) -> Var[bool]: ...
    @overload
    def __or__(self: Var[int], other: bool | Var[bool], /) -> Var[int]: ...
    @overload
    def __or__(self: Var[int], other: int | Var[int], /) -> Var[int]: ...
    @overload
    def __or__(
        self: Var[dict[_KT, _VT]],
        other: dict[_KT, _VT] | Var[dict[_KT, _VT]],
        /,
    ) -> Var[dict[_KT, _VT]]: ...
    @overload
    def __or__(
        self: Var[dict[_T1, _T2]],
        other: dict[_KT, _VT] | Var[dict[_KT, _VT]],
        /,
    ) -> Var[dict[_KT | _T1, _VT | _T2]]: ...
    @overload
    def __or__(
        self: Var[typing.Mapping[_T1, _T2]],
        other: types.MappingProxyType[_KT_co, _VT_co] | Var[types.MappingProxyType[_KT_co, _VT_co]],
        /,
    ) -> Var[dict[_KT_co | _T1, _VT_co | _T2]]: ...
    @overload
    def __or__(
        self: Var[typing.Iterable[_T]],
        other: typing.ItemsView[_KT_co, _VT_co] | Var[typing.ItemsView[_KT_co, _VT_co]],
        /,
    ) -> Var[set[tuple[_KT_co, _VT_co] | _T]]: ...
    @overload
    def __or__(
        self: Var[typing.Iterable[_T]],
        other: typing.KeysView[_KT_co] | Var[typing.KeysView[_KT_co]],
        /,
    ) -> Var[set[_KT_co | _T]]: ...
    @overload
    def __or__(self: Var[_Can_or[_A, _R]], other: Var[_A], /) -> Var[_R]: ...
    @overload
    def __or__(self: Var[_Can_or[_L, _R]], other: _L, /) -> Var[_R]: ...
    @overload
    def __or__(self: Var[_A], other: Var[_Can_ror[_A, _R]], /) -> Var[_R]: ...
    @overload
    def __ror__(self: Var[_HasIt], other: Any, /) -> Var[Any]: ...
    @overload
    def __ror__(self: Var[bool], arg0: bool | Var[bool], /) -> Var[bool]: ...
    @overload
    def __ror__(self: Var[bool], arg0: int | Var[int], /) -> Var[int]: ...
    @overload
    def __ror__(self: Var[int], arg0: int | Var[int], /) -> Var[int]: ...
    @overload
    def __ror__(
        self: Var[dict[_KT, _VT]],
        arg0: Var[dict[_KT, _VT]] | _Dict[_KT, _VT | Var[_VT]],
        /,
    ) -> Var[dict[_KT, _VT]]: ...
    @overload
    def __ror__(
        self: Var[dict[_KT, _VT]],
        arg0: Var[dict[_T1, _T2]],
        /,
    ) -> Var[dict[_KT | _T1, _VT | _T2]]: ...
    @overload
    def __ror__(
        self: Var[dict[_KT, _VT]],
        arg0: _Dict[_T1, Var[_T2]],
        /,
    ) -> Var[dict[_KT | _T1, _VT | _T2]]: ...
    @overload
    def __ror__(
        self: Var[dict[_KT, _VT]],
        arg0: dict[_T1, _T2],
        /,
    ) -> Var[dict[_KT | _T1, _VT | _T2]]: ...
    @overload
    def __ror__(
        self: Var[types.MappingProxyType[_KT_co, _VT_co]],
        arg0: Var[typing.Mapping[_T1, _T2]],
        /,
    ) -> Var[dict[_KT_co | _T1, _VT_co | _T2]]: ...
    @overload
    def __ror__(
        self: Var[types.MappingProxyType[_KT_co, _VT_co]],
        arg0: typing.Mapping[_T1, Var[_T2]],
        /,
    ) -> Var[dict[_KT_co | _T1, _VT_co | _T2]]: ...
    @overload
    def __ror__(
        self: Var[types.MappingProxyType[_KT_co, _VT_co]],
        arg0: typing.Mapping[_T1, _T2],
        /,
    ) -> Var[dict[_KT_co | _T1, _VT_co | _T2]]: ...
    @overload
    def __ror__(
        self: Var[typing.ItemsView[_KT_co, _VT_co]],
        arg0: Var[typing.Iterable[_T]],
        /,
    ) -> Var[set[tuple[_KT_co, _VT_co] | _T]]: ...
    @overload
    def __ror__(
        self: Var[typing.ItemsView[_KT_co, _VT_co]],
        arg0: typing.Iterable[Var[_T]],
        /,
    ) -> Var[set[tuple[_KT_co, _VT_co] | _T]]: ...
    @overload
    def __ror__(
        self: Var[typing.ItemsView[_KT_co, _VT_co]],
        arg0: typing.Iterable[_T],
        /,
    ) -> Var[set[tuple[_KT_co, _VT_co] | _T]]: ...
    @overload
    def __ror__(
        self: Var[typing.KeysView[_KT_co]],
        arg0: Var[typing.Iterable[_T]],
        /,
    ) -> Var[set[_KT_co | _T]]: ...
    @overload
    def __ror__(
        self: Var[typing.KeysView[_KT_co]],
        arg0: typing.Iterable[Var[_T]],
        /,
    ) -> Var[set[_KT_co | _T]]: ...
    @overload
    def __ror__(
        self: Var[typing.KeysView[_KT_co]],
        arg0: typing.Iterable[_T],
        /,
    ) -> Var[set[_KT_co | _T]]: ...
    @overload
    def __ror__(self: Var[bool], other: bool, /) -> Var[bool]: ...
    @overload
    def __ror__(self: Var[int], other: bool, /) -> Var[int]: ...
    @overload
    def __ror__(self: Var[int], other: int, /) -> Var[int]: ...
    @overload
    def __ror__(self: Var[dict[_KT, _VT]], other: dict[_KT, _VT], /) -> Var[dict[_KT, _VT]]: ...
    @overload
    def __ror__(
        self: Var[dict[_T1, _T2]],
        other: dict[_KT, _VT],
        /,
    ) -> Var[dict[_KT | _T1, _VT | _T2]]: ...
    @overload
    def __ror__(self: Var[typing.AbstractSet[_S]], other: set[_T], /) -> Var[set[_T | _S]]: ...
    @overload
    def __ror__(
        self: Var[typing.AbstractSet[_S]],
        other: frozenset[_T_co],
        /,
    ) -> Var[frozenset[_T_co | _S]]: ...
    @overload
    def __ror__(
        self: Var[typing.Mapping[_T1, _T2]],
        other: types.MappingProxyType[_KT_co, _VT_co],
        /,
    ) -> Var[dict[_KT_co | _T1, _VT_co | _T2]]: ...
    @overload
    def __ror__(
        self: Var[typing.Iterable[_T]],
        other: typing.ItemsView[_KT_co, _VT_co],
        /,
    ) -> Var[set[tuple[_KT_co, _VT_co] | _T]]: ...
    @overload
    def __ror__(
        self: Var[typing.Iterable[_T]],
        other: typing.KeysView[_KT_co],
        /,
    ) -> Var[set[_KT_co | _T]]: ...
    @overload
    def __ror__(
        self: Var[typing.AbstractSet[_T]],
        other: typing.AbstractSet[_T_co],
        /,
    ) -> Var[typing.AbstractSet[_T_co | _T]]: ...
    @overload
    def __ror__(self: Var[_Can_ror[_L, _R]], other: _L, /) -> Var[_R]: ...
    @overload
    def __ior__(self: Var[_HasIt], other: Any, /) -> Var[Any]: ...
    @overload
    def __ior__(
        self: Var[dict[_KT, _VT]],
        arg0: Var[_typeshed.SupportsKeysAndGetItem[_KT, _VT]] | _typeshed.SupportsKeysAndGetItem[_KT, _VT | Var[_VT]],
        /,
    ) -> Var[dict[_KT, _VT]]: ...
    @overload
    def __ior__(
        self: Var[dict[_KT, _VT]],
        arg0: Var[typing.Iterable[tuple[_KT, _VT]]] | typing.Iterable[tuple[_KT | Var[_KT], _VT | Var[_VT]] | Var[tuple[_KT, _VT]]],
        /,
    ) -> Var[dict[_KT, _VT]]: ...
    @overload
    def __ior__(
        self: Var[set[_T]],
        arg0: typing.AbstractSet[_T | Var[_T]] | Var[typing.AbstractSet[_T]],
        /,
    ) -> Var[set[_T]]: ...
    @overload
    def __ior__(
        self: Var[typing.MutableSet[_T]],
        arg0: typing.AbstractSet[_T | Var[_T]] | Var[typing.AbstractSet[_T]],
        /,
    ) -> Var[typing.MutableSet[_T]]: ...
    @overload
    def __ior__(self: Var[bool], arg0: bool | Var[bool], /) -> Var[bool]: ...
    @overload
    def __ior__(self: Var[bool], arg0: int | Var[int], /) -> Var[int]: ...
    @overload
    def __ior__(self: Var[int], arg0: int | Var[int], /) -> Var[int]: ...
    @overload
    def __ior__(
        self: Var[dict[_KT, _VT]],
        arg0: Var[dict[_KT, _VT]] | _Dict[_KT, _VT | Var[_VT]],
        /,
    ) -> Var[dict[_KT, _VT]]: ...
    @overload
    def __ior__(
        self: Var[dict[_KT, _VT]],
        arg0: Var[dict[_T1, _T2]],
        /,
    ) -> Var[dict[_KT | _T1, _VT | _T2]]: ...
    @overload
    def __ior__(
        self: Var[dict[_KT, _VT]],
        arg0: _Dict[_T1, Var[_T2]],
        /,
    ) -> Var[dict[_KT | _T1, _VT | _T2]]: ...
    @overload
    def __ior__(
        self: Var[dict[_KT, _VT]],
        arg0: dict[_T1, _T2],
        /,
    ) -> Var[dict[_KT | _T1, _VT | _T2]]: ...
    @overload
    def __ior__(self: Var[set[_T]], arg0: Var[typing.AbstractSet[_S]], /) -> Var[set[_T | _S]]: ...
    @overload
    def __ior__(self: Var[set[_T]], arg0: typing.AbstractSet[Var[_S]], /) -> Var[set[_T | _S]]: ...
    @overload
    def __ior__(self: Var[set[_T]], arg0: typing.AbstractSet[_S], /) -> Var[set[_T | _S]]: ...
    @overload
    def __ior__(
        self: Var[frozenset[_T_co]],
        arg0: Var[typing.AbstractSet[_S]],
        /,
    ) -> Var[frozenset[_T_co | _S]]: ...
    @overload
    def __ior__(
        self: Var[frozenset[_T_co]],
        arg0: typing.AbstractSet[Var[_S]],
        /,
    ) -> Var[frozenset[_T_co | _S]]: ...
    @overload
    def __ior__(
        self: Var[frozenset[_T_co]],
        arg0: typing.AbstractSet[_S],
        /,
    ) -> Var[frozenset[_T_co | _S]]: ...
    @overload
    def __ior__(
        self: Var[types.MappingProxyType[_KT_co, _VT_co]],
        arg0: Var[typing.Mapping[_T1, _T2]],
        /,
    ) -> Var[dict[_KT_co | _T1, _VT_co | _T2]]: ...
    @overload
    def __ior__(
        self: Var[types.MappingProxyType[_KT_co, _VT_co]],
        arg0: typing.Mapping[_T1, Var[_T2]],
        /,
    ) -> Var[dict[_KT_co | _T1, _VT_co | _T2]]: ...
    @overload
    def __ior__(
        self: Var[types.MappingProxyType[_KT_co, _VT_co]],
        arg0: typing.Mapping[_T1, _T2],
        /,
    ) -> Var[dict[_KT_co | _T1, _VT_co | _T2]]: ...
    @overload
    def __ior__(
        self: Var[typing.ItemsView[_KT_co, _VT_co]],
        arg0: Var[typing.Iterable[_T]],
        /,
    ) -> Var[set[tuple[_KT_co, _VT_co] | _T]]: ...
    @overload
    def __ior__(
        self: Var[typing.ItemsView[_KT_co, _VT_co]],
        arg0: typing.Iterable[Var[_T]],
        /,
    ) -> Var[set[tuple[_KT_co, _VT_co] | _T]]: ...
    @overload
    def __ior__(
        self: Var[typing.ItemsView[_KT_co, _VT_co]],
        arg0: typing.Iterable[_T],
        /,
    ) -> Var[set[tuple[_KT_co, _VT_co] | _T]]: ...
    @overload
    def __ior__(
        self: Var[typing.KeysView[_KT_co]],
        arg0: Var[typing.Iterable[_T]],
        /,
    ) -> Var[set[_KT_co | _T]]: ...
    @overload
    def __ior__(
        self: Var[typing.KeysView[_KT_co]],
        arg0: typing.Iterable[Var[_T]],
        /,
    ) -> Var[set[_KT_co | _T]]: ...
    @overload
    def __ior__(
        self: Var[typing.KeysView[_KT_co]],
        arg0: typing.Iterable[_T],
        /,
    ) -> Var[set[_KT_co | _T]]: ...
    @overload
    def __ior__(
        self: Var[typing.AbstractSet[_T_co]],
        arg0: Var[typing.AbstractSet[_T]],
        /,
    ) -> Var[typing.AbstractSet[_T_co | _T]]: ...
    @overload
    def __ior__(
        self: Var[typing.AbstractSet[_T_co]],
        arg0: typing.AbstractSet[Var[_T]],
        /,
    ) -> Var[typing.AbstractSet[_T_co | _T]]: ...
    @overload
    def __ior__(
        self: Var[typing.AbstractSet[_T_co]],
        arg0: typing.AbstractSet[_T],
        /,
    ) -> Var[typing.AbstractSet[_T_co | _T]]: ...
    @overload
    def __ior__(self: Var[bool], other: bool | Var[bool], /) -> Var[bool]: ...
    @overload
    def __ior__(self: Var[int], other: bool | Var[bool], /) -> Var[int]: ...
    @overload
    def __ior__(self: Var[int], other: int | Var[int], /) -> Var[int]: ...
    @overload
    def __ior__(
        self: Var[dict[_KT, _VT]],
        other: dict[_KT, _VT] | Var[dict[_KT, _VT]],
        /,
    ) -> Var[dict[_KT, _VT]]: ...
    @overload
    def __ior__(
        self: Var[dict[_T1, _T2]],
        other: dict[_KT, _VT] | Var[dict[_KT, _VT]],
        /,
    ) -> Var[dict[_KT | _T1, _VT | _T2]]: ...
    @overload
    def __ior__(
        self: Var[typing.Mapping[_T1, _T2]],
        other: types.MappingProxyType[_KT_co, _VT_co] | Var[types.MappingProxyType[_KT_co, _VT_co]],
        /,
    ) -> Var[dict[_KT_co | _T1, _VT_co | _T2]]: ...
    @overload
    def __ior__(
        self: Var[typing.Iterable[_T]],
        other: typing.ItemsView[_KT_co, _VT_co] | Var[typing.ItemsView[_KT_co, _VT_co]],
        /,
    ) -> Var[set[tuple[_KT_co, _VT_co] | _T]]: ...
    @overload
    def __ior__(
        self: Var[typing.Iterable[_T]],
        other: typing.KeysView[_KT_co] | Var[typing.KeysView[_KT_co]],
        /,
    ) -> Var[set[_KT_co | _T]]: ...
    @overload
    def __ior__(self: Var[_Can_or[_A, _R]], other: Var[_A], /) -> Var[_R]: ...
    @overload
    def __ior__(self: Var[_Can_or[_L, _R]], other: _L, /) -> Var[_R]: ...
    @overload
    def __ior__(self: Var[_A], other: Var[_Can_ror[_A, _R]], /) -> Var[_R]: ...
    @overload
    def __lt__(self: Var[int], arg0: int | Var[int], /) -> Var[bool]: ...
    @overload
    def __lt__(self: Var[float], arg0: float | Var[float], /) -> Var[bool]: ...
    @overload
    def __lt__(self: Var[str], arg0: str | Var[str], /) -> Var[bool]: ...
    @overload
    def __lt__(self: Var[bytes], arg0: bytes | Var[bytes], /) -> Var[bool]: ...
    @overload
    def __lt__(
        self: Var[bytearray],
        arg0: Var[typing_extensions.Buffer] | typing_extensions.Buffer,
        /,
    ) -> Var[bool]: ...
    @overload
    def __lt__(
        self: Var[tuple[_T_co, ...]],
        arg0: tuple[_T_co | Var[_T_co], ...] | Var[tuple[_T_co, ...]],
        /,
    ) -> Var[bool]: ...
    @overload
    def __lt__(self: Var[list[_T]], arg0: Var[list[_T]] | _List[_T | Var[_T]], /) -> Var[bool]: ...
    @overload
    def __lt__(
        self: Var[set[_T]],
        arg0: typing.AbstractSet[object] | Var[typing.AbstractSet[object]],
        /,
    ) -> Var[bool]: ...
    @overload
    def __lt__(
        self: Var[frozenset[_T_co]],
        arg0: typing.AbstractSet[object] | Var[typing.AbstractSet[object]],
        /,
    ) -> Var[bool]: ...
    @overload
    def __lt__(
        self: Var[typing.AbstractSet[_T_co]],
        arg0: typing.AbstractSet[Any] | Var[typing.AbstractSet[Any]],
        /,
    ) -> Var[bool]: ...
    @overload
    def __lt__(self: Var[int], other: int | Var[int], /) -> Var[bool]: ...
    @overload
    def __lt__(self: Var[float], other: float | Var[float], /) -> Var[bool]: ...
    @overload
    def __lt__(self: Var[str], other: str | Var[str], /) -> Var[bool]: ...
    @overload
    def __lt__(self: Var[bytes], other: bytes | Var[bytes], /) -> Var[bool]: ...
    @overload
    def __lt__(
        self: Var[typing_extensions.Buffer],
        other: bytearray | Var[bytearray],
        /,
    ) -> Var[bool]: ...
    @overload
    def __lt__(
        self: Var[tuple[_T_co, ...]],
        other: tuple[_T_co, ...] | Var[tuple[_T_co, ...]],
        /,
    ) -> Var[bool]: ...
    @overload
    def __lt__(self: Var[list[_T]], other: list[_T] | Var[list[_T]], /) -> Var[bool]: ...
    @overload
    def __lt__(
        self: Var[typing.AbstractSet[object]],
        other: set[_T] | Var[set[_T]],
        /,
    ) -> Var[bool]: ...
    @overload
    def __lt__(
        self: Var[typing.AbstractSet[object]],
        other: frozenset[_T_co] | Var[frozenset[_T_co]],
        /,
    ) -> Var[bool]: ...
    @overload
    def __lt__(
        self: Var[typing.AbstractSet[Any]],
        other: typing.AbstractSet[_T_co] | Var[typing.AbstractSet[_T_co]],
        /,
    ) -> Var[bool]: ...
    @overload
    def __lt__(self: Var[_Can_lt[_A, _R]], other: Var[_A], /) -> Var[_R]: ...
    @overload
    def __lt__(self: Var[_Can_lt[_L, _R]], other: _L, /) -> Var[_R]: ...
    @overload
    def __gt__(self: Var[int], arg0: int | Var[int], /) -> Var[bool]: ...
    @overload
    def __gt__(self: Var[float], arg0: float | Var[float], /) -> Var[bool]: ...
    @overload
    def __gt__(self: Var[str], arg0: str | Var[str], /) -> Var[bool]: ...
    @overload
    def __gt__(self: Var[bytes], arg0: bytes | Var[bytes], /) -> Var[bool]: ...
    @overload
    def __gt__(
        self: Var[bytearray],
        arg0: Var[typing_extensions.Buffer] | typing_extensions.Buffer,
        /,
    ) -> Var[bool]: ...
    @overload
    def __gt__(
        self: Var[tuple[_T_co, ...]],
        arg0: tuple[_T_co | Var[_T_co], ...] | Var[tuple[_T_co, ...]],
        /,
    ) -> Var[bool]: ...
    @overload
    def __gt__(self: Var[list[_T]], arg0: Var[list[_T]] | _List[_T | Var[_T]], /) -> Var[bool]: ...
    @overload
    def __gt__(
        self: Var[set[_T]],
        arg0: typing.AbstractSet[object] | Var[typing.AbstractSet[object]],
        /,
    ) -> Var[bool]: ...
    @overload
    def __gt__(
        self: Var[frozenset[_T_co]],
        arg0: typing.AbstractSet[object] | Var[typing.AbstractSet[object]],
        /,
    ) -> Var[bool]: ...
    @overload
    def __gt__(
        self: Var[typing.AbstractSet[_T_co]],
        arg0: typing.AbstractSet[Any] | Var[typing.AbstractSet[Any]],
        /,
    ) -> Var[bool]: ...
    @overload
    def __gt__(self: Var[int], other: int | Var[int], /) -> Var[bool]: ...
    @overload
    def __gt__(self: Var[float], other: float | Var[float], /) -> Var[bool]: ...
    @overload
    def __gt__(self: Var[str], other: str | Var[str], /) -> Var[bool]: ...
    @overload
    def __gt__(self: Var[bytes], other: bytes | Var[bytes], /) -> Var[bool]: ...
    @overload
    def __gt__(
        self: Var[typing_extensions.Buffer],
        other: bytearray | Var[bytearray],
        /,
    ) -> Var[bool]: ...
    @overload
    def __gt__(
        self: Var[tuple[_T_co, ...]],
        other: tuple[_T_co, ...] | Var[tuple[_T_co, ...]],
        /,
    ) -> Var[bool]: ...
    @overload
    def __gt__(self: Var[list[_T]], other: list[_T] | Var[list[_T]], /) -> Var[bool]: ...
    @overload
    def __gt__(
        self: Var[typing.AbstractSet[object]],
        other: set[_T] | Var[set[_T]],
        /,
    ) -> Var[bool]: ...
    @overload
    def __gt__(
        self: Var[typing.AbstractSet[object]],
        other: frozenset[_T_co] | Var[frozenset[_T_co]],
        /,
    ) -> Var[bool]: ...
    @overload
    def __gt__(
        self: Var[typing.AbstractSet[Any]],
        other: typing.AbstractSet[_T_co] | Var[typing.AbstractSet[_T_co]],
        /,
    ) -> Var[bool]: ...
    @overload
    def __gt__(self: Var[_Can_gt[_A, _R]], other: Var[_A], /) -> Var[_R]: ...
    @overload
    def __gt__(self: Var[_Can_gt[_L, _R]], other: _L, /) -> Var[_R]: ...
    @overload
    def __le__(self: Var[int], arg0: int | Var[int], /) -> Var[bool]: ...
    @overload
    def __le__(self: Var[float], arg0: float | Var[float], /) -> Var[bool]: ...
    @overload
    def __le__(self: Var[str], arg0: str | Var[str], /) -> Var[bool]: ...
    @overload
    def __le__(self: Var[bytes], arg0: bytes | Var[bytes], /) -> Var[bool]: ...
    @overload
    def __le__(
        self: Var[bytearray],
        arg0: Var[typing_extensions.Buffer] | typing_extensions.Buffer,
        /,
    ) -> Var[bool]: ...
    @overload
    def __le__(
        self: Var[tuple[_T_co, ...]],
        arg0: tuple[_T_co | Var[_T_co], ...] | Var[tuple[_T_co, ...]],
        /,
    ) -> Var[bool]: ...
    @overload
    def __le__(self: Var[list[_T]], arg0: Var[list[_T]] | _List[_T | Var[_T]], /) -> Var[bool]: ...
    @overload
    def __le__(
        self: Var[set[_T]],
        arg0: typing.AbstractSet[object] | Var[typing.AbstractSet[object]],
        /,
    ) -> Var[bool]: ...
    @overload
    def __le__(
        self: Var[frozenset[_T_co]],
        arg0: typing.AbstractSet[object] | Var[typing.AbstractSet[object]],
        /,
    ) -> Var[bool]: ...
    @overload
    def __le__(
        self: Var[typing.AbstractSet[_T_co]],
        arg0: typing.AbstractSet[Any] | Var[typing.AbstractSet[Any]],
        /,
    ) -> Var[bool]: ...
    @overload
    def __le__(self: Var[int], other: int | Var[int], /) -> Var[bool]: ...
    @overload
    def __le__(self: Var[float], other: float | Var[float], /) -> Var[bool]: ...
    @overload
    def __le__(self: Var[str], other: str | Var[str], /) -> Var[bool]: ...
    @overload
    def __le__(self: Var[bytes], other: bytes | Var[bytes], /) -> Var[bool]: ...
    @overload
    def __le__(
        self: Var[typing_extensions.Buffer],
        other: bytearray | Var[bytearray],
        /,
    ) -> Var[bool]: ...
    @overload
    def __le__(
        self: Var[tuple[_T_co, ...]],
        other: tuple[_T_co, ...] | Var[tuple[_T_co, ...]],
        /,
    ) -> Var[bool]: ...
    @overload
    def __le__(self: Var[list[_T]], other: list[_T] | Var[list[_T]], /) -> Var[bool]: ...
    @overload
    def __le__(
        self: Var[typing.AbstractSet[object]],
        other: set[_T] | Var[set[_T]],
        /,
    ) -> Var[bool]: ...
    @overload
    def __le__(
        self: Var[typing.AbstractSet[object]],
        other: frozenset[_T_co] | Var[frozenset[_T_co]],
        /,
    ) -> Var[bool]: ...
    @overload
    def __le__(
        self: Var[typing.AbstractSet[Any]],
        other: typing.AbstractSet[_T_co] | Var[typing.AbstractSet[_T_co]],
        /,
    ) -> Var[bool]: ...
    @overload
    def __le__(self: Var[_Can_le[_A, _R]], other: Var[_A], /) -> Var[_R]: ...
    @overload
    def __le__(self: Var[_Can_le[_L, _R]], other: _L, /) -> Var[_R]: ...
    @overload
    def __ge__(self: Var[int], arg0: int | Var[int], /) -> Var[bool]: ...
    @overload
    def __ge__(self: Var[float], arg0: float | Var[float], /) -> Var[bool]: ...
    @overload
    def __ge__(self: Var[str], arg0: str | Var[str], /) -> Var[bool]: ...
    @overload
    def __ge__(self: Var[bytes], arg0: bytes | Var[bytes], /) -> Var[bool]: ...
    @overload
    def __ge__(
        self: Var[bytearray],
        arg0: Var[typing_extensions.Buffer] | typing_extensions.Buffer,
        /,
    ) -> Var[bool]: ...
    @overload
    def __ge__(
        self: Var[tuple[_T_co, ...]],
        arg0: tuple[_T_co | Var[_T_co], ...] | Var[tuple[_T_co, ...]],
        /,
    ) -> Var[bool]: ...
    @overload
    def __ge__(self: Var[list[_T]], arg0: Var[list[_T]] | _List[_T | Var[_T]], /) -> Var[bool]: ...
    @overload
    def __ge__(
        self: Var[set[_T]],
        arg0: typing.AbstractSet[object] | Var[typing.AbstractSet[object]],
        /,
    ) -> Var[bool]: ...
    @overload
    def __ge__(
        self: Var[frozenset[_T_co]],
        arg0: typing.AbstractSet[object] | Var[typing.AbstractSet[object]],
        /,
    ) -> Var[bool]: ...
    @overload
    def __ge__(
        self: Var[typing.AbstractSet[_T_co]],
        arg0: typing.AbstractSet[Any] | Var[typing.AbstractSet[Any]],
        /,
    ) -> Var[bool]: ...
    @overload
    def __ge__(self: Var[int], other: int | Var[int], /) -> Var[bool]: ...
    @overload
    def __ge__(self: Var[float], other: float | Var[float], /) -> Var[bool]: ...
    @overload
    def __ge__(self: Var[str], other: str | Var[str], /) -> Var[bool]: ...
    @overload
    def __ge__(self: Var[bytes], other: bytes | Var[bytes], /) -> Var[bool]: ...
    @overload
    def __ge__(
        self: Var[typing_extensions.Buffer],
        other: bytearray | Var[bytearray],
        /,
    ) -> Var[bool]: ...
    @overload
    def __ge__(
        self: Var[tuple[_T_co, ...]],
        other: tuple[_T_co, ...] | Var[tuple[_T_co, ...]],
        /,
    ) -> Var[bool]: ...
    @overload
    def __ge__(self: Var[list[_T]], other: list[_T] | Var[list[_T]], /) -> Var[bool]: ...
    @overload
    def __ge__(
        self: Var[typing.AbstractSet[object]],
        other: set[_T] | Var[set[_T]],
        /,
    ) -> Var[bool]: ...
    @overload
    def __ge__(
        self: Var[typing.AbstractSet[object]],
        other: frozenset[_T_co] | Var[frozenset[_T_co]],
        /,
    ) -> Var[bool]: ...
    @overload
    def __ge__(
        self: Var[typing.AbstractSet[Any]],
        other: typing.AbstractSet[_T_co] | Var[typing.AbstractSet[_T_co]],
        /,
    ) -> Var[bool]: ...
    @overload
    def __ge__(self: Var[_Can_ge[_A, _R]], other: Var[_A], /) -> Var[_R]: ...
    @overload
    def __ge__(self: Var[_Can_ge[_L, _R]], other: _L, /) -> Var[_R]: ...
    def __eq__(self: Var[Any], other: object, /) -> Var[bool]: ...
    def __ne__(self: Var[Any], other: object, /) -> Var[bool]: ...
    @overload
    def __neg__(self: Var[_HasIt]) -> Var[Any]: ...
    @overload
    def __neg__(self: Var[int]) -> Var[int]: ...
    @overload
    def __neg__(self: Var[float]) -> Var[float]: ...
    @overload
    def __neg__(self: Var[complex]) -> Var[complex]: ...
    @overload
    def __neg__(self: Var[_Can_neg[_R]]) -> Var[_R]: ...
    @overload
    def __pos__(self: Var[_HasIt]) -> Var[Any]: ...
    @overload
    def __pos__(self: Var[int]) -> Var[int]: ...
    @overload
    def __pos__(self: Var[float]) -> Var[float]: ...
    @overload
    def __pos__(self: Var[complex]) -> Var[complex]: ...
    @overload
    def __pos__(self: Var[_Can_pos[_R]]) -> Var[_R]: ...
    @overload
    def __invert__(self: Var[_HasIt]) -> Var[Any]: ...
    @overload
    def __invert__(self: Var[bool]) -> Var[int]: ...
    @overload
    def __invert__(self: Var[int]) -> Var[int]: ...
    @overload
    def __invert__(self: Var[_Can_invert[_R]]) -> Var[_R]: ...
    @overload
    def __abs__(self: Var[_HasIt]) -> Var[Any]: ...
    @overload
    def __abs__(self: Var[int]) -> Var[int]: ...
    @overload
    def __abs__(self: Var[float]) -> Var[float]: ...
    @overload
    def __abs__(self: Var[complex]) -> Var[float]: ...
    @overload
    def __abs__(self: Var[_Can_abs[_R]]) -> Var[_R]: ...
    @overload
    def __trunc__(self: Var[_HasIt]) -> Var[Any]: ...
    @overload
    def __trunc__(self: Var[int]) -> Var[int]: ...
    @overload
    def __trunc__(self: Var[float]) -> Var[int]: ...
    @overload
    def __trunc__(self: Var[_Can_trunc[_R]]) -> Var[_R]: ...
    @overload
    def __floor__(self: Var[_HasIt]) -> Var[Any]: ...
    @overload
    def __floor__(self: Var[int]) -> Var[int]: ...
    @overload
    def __floor__(self: Var[float]) -> Var[int]: ...
    @overload
    def __floor__(self: Var[_Can_floor[_R]]) -> Var[_R]: ...
    @overload
    def __ceil__(self: Var[_HasIt]) -> Var[Any]: ...
    @overload
    def __ceil__(self: Var[int]) -> Var[int]: ...
    @overload
    def __ceil__(self: Var[float]) -> Var[int]: ...
    @overload
    def __ceil__(self: Var[_Can_ceil[_R]]) -> Var[_R]: ...
    @overload
    def __round__(self: Var[_HasIt]) -> Var[Any]: ...
    @overload
    def __round__(
        self: Var[int],
        arg0: Var[_SupportsIndex] | _SupportsIndex = ...,
        /,
    ) -> Var[int]: ...
    @overload
    def __round__(self: Var[float], arg0: None | Var[None] = ..., /) -> Var[int]: ...
    @overload
    def __round__(
        self: Var[float],
        arg0: Var[_SupportsIndex] | _SupportsIndex,
        /,
    ) -> Var[float]: ...
    @overload
    def __round__(self: Var[_Can_round[_R]]) -> Var[_R]: ...
    @overload
    def __round__(self: Var[_CanRoundTo[_R]], digits: int | Var[int], /) -> Var[_R]: ...
    @overload
    def __getitem__(self: Var[_HasIt], key: Any, /) -> Var[Any]: ...
    @overload
    def __getitem__(
        self: Var[tuple[_R, Unpack[tuple[Any, ...]]]], key: Literal[0], /,
    ) -> Var[_R]: ...
    @overload
    def __getitem__(
        self: Var[tuple[Any, _R, Unpack[tuple[Any, ...]]]], key: Literal[1], /,
    ) -> Var[_R]: ...
    @overload
    def __getitem__(
        self: Var[tuple[Any, Any, _R, Unpack[tuple[Any, ...]]]], key: Literal[2], /,
    ) -> Var[_R]: ...
    @overload
    def __getitem__(
        self: Var[tuple[Any, Any, Any, _R, Unpack[tuple[Any, ...]]]], key: Literal[3], /,
    ) -> Var[_R]: ...
    @overload
    def __getitem__(
        self: Var[tuple[Any, Any, Any, Any, _R, Unpack[tuple[Any, ...]]]], key: Literal[4], /,
    ) -> Var[_R]: ...
    @overload
    def __getitem__(
        self: Var[tuple[Any, Any, Any, Any, Any, _R, Unpack[tuple[Any, ...]]]], key: Literal[5], /,
    ) -> Var[_R]: ...
    @overload
    def __getitem__(
        self: Var[tuple[Any, Any, Any, Any, Any, Any, _R, Unpack[tuple[Any, ...]]]], key: Literal[6], /,
    ) -> Var[_R]: ...
    @overload
    def __getitem__(
        self: Var[tuple[Any, Any, Any, Any, Any, Any, Any, _R, Unpack[tuple[Any, ...]]]], key: Literal[7], /,
    ) -> Var[_R]: ...
    @overload
    def __getitem__(
        self: Var[tuple[Unpack[tuple[Any, ...]], _R]], key: Literal[-1], /,
    ) -> Var[_R]: ...
    @overload
    def __getitem__(self: Var[str], arg0: Var[_Type10] | _Type9, /) -> Var[str]: ...
    @overload
    def __getitem__(
        self: Var[bytes],
        arg0: Var[_SupportsIndex] | _SupportsIndex,
        /,
    ) -> Var[int]: ...
    @overload
    def __getitem__(self: Var[bytes], arg0: _Type11 | Var[_Type12], /) -> Var[bytes]: ...
    @overload
    def __getitem__(
        self: Var[bytearray],
        arg0: Var[_SupportsIndex] | _SupportsIndex,
        /,
    ) -> Var[int]: ...
    @overload
    def __getitem__(self: Var[bytearray], arg0: _Type11 | Var[_Type12], /) -> Var[bytearray]: ...
    @overload
    def __getitem__(
        self: Var[memoryview[_I]],
        arg0: Var[_SupportsIndex | tuple[_SupportsIndex, ...]] | _Type22,
        /,
    ) -> Var[_I]: ...
    @overload
    def __getitem__(
        self: Var[memoryview[_I]],
        arg0: _Type11 | Var[_Type12],
        /,
    ) -> Var[memoryview[_I]]: ...
    @overload
    def __getitem__(
        self: Var[range],
        arg0: Var[_SupportsIndex] | _SupportsIndex,
        /,
    ) -> Var[int]: ...
    @overload
    def __getitem__(self: Var[range], arg0: _Type11 | Var[_Type12], /) -> Var[range]: ...
    @overload
    def __getitem__(
        self: Var[tuple[_T_co, ...]],
        arg0: Var[_SupportsIndex] | _SupportsIndex,
        /,
    ) -> Var[_T_co]: ...
    @overload
    def __getitem__(
        self: Var[tuple[_T_co, ...]],
        arg0: _Type11 | Var[_Type12],
        /,
    ) -> Var[tuple[_T_co, ...]]: ...
    @overload
    def __getitem__(
        self: Var[list[_T]],
        arg0: Var[_SupportsIndex] | _SupportsIndex,
        /,
    ) -> Var[_T]: ...
    @overload
    def __getitem__(self: Var[list[_T]], arg0: _Type11 | Var[_Type12], /) -> Var[list[_T]]: ...
    @overload
    def __getitem__(self: Var[dict[_KT, _VT]], arg0: _KT | Var[_KT], /) -> Var[_VT]: ...
    @overload
    def __getitem__(
        self: Var[types.MappingProxyType[_KT_co, _VT_co]],
        arg0: _KT_co | Var[_KT_co],
        /,
    ) -> Var[_VT_co]: ...
    @overload
    def __getitem__(
        self: Var[typing.Mapping[_KT, _VT_co]],
        arg0: _KT | Var[_KT],
        /,
    ) -> Var[_VT_co]: ...
    @overload
    def __getitem__(self: Var[typing.MutableSequence[_T]], arg0: int | Var[int], /) -> Var[_T]: ...
    @overload
    def __getitem__(
        self: Var[typing.MutableSequence[_T]],
        arg0: _Type27 | Var[slice[int | None, int | None, int | None]],
        /,
    ) -> Var[typing.MutableSequence[_T]]: ...
    @overload
    def __getitem__(self: Var[typing.Sequence[_T_co]], arg0: int | Var[int], /) -> Var[_T_co]: ...
    @overload
    def __getitem__(
        self: Var[typing.Sequence[_T_co]],
        arg0: _Type27 | Var[slice[int | None, int | None, int | None]],
        /,
    ) -> Var[typing.Sequence[_T_co]]: ...
    @overload
    def __getitem__(self: Var[_CanGetItem[_A, _R]], key: Var[_A], /) -> Var[_R]: ...
    @overload
    def __getitem__(self: Var[_CanGetItem[_L, _R]], key: _L, /) -> Var[_R]: ...
    @overload
    def __setitem__(self: Var[_HasIt], key: Any, value: Any, /) -> None: ...
    @overload
    def __setitem__(
        self: Var[bytearray],
        arg0: Var[_SupportsIndex] | _SupportsIndex,
        arg1: Var[_SupportsIndex] | _SupportsIndex,
        /,
    ) -> None: ...
    @overload
    def __setitem__(
        self: Var[bytearray],
        arg0: _Type11 | Var[_Type12],
        arg1: Var[typing.Iterable[_SupportsIndex] | bytes] | _Type18,
        /,
    ) -> None: ...
    @overload
    def __setitem__(
        self: Var[memoryview[_I]],
        arg0: _Type11 | Var[_Type12],
        arg1: Var[typing_extensions.Buffer] | typing_extensions.Buffer,
        /,
    ) -> None: ...
    @overload
    def __setitem__(
        self: Var[memoryview[_I]],
        arg0: Var[_SupportsIndex | tuple[_SupportsIndex, ...]] | _Type22,
        arg1: _I | Var[_I],
        /,
    ) -> None: ...
    @overload
    def __setitem__(
        self: Var[list[_T]],
        arg0: Var[_SupportsIndex] | _SupportsIndex,
        arg1: _T | Var[_T],
        /,
    ) -> None: ...
    @overload
    def __setitem__(
        self: Var[list[_T]],
        arg0: _Type11 | Var[_Type12],
        arg1: Var[typing.Iterable[_T]] | typing.Iterable[_T | Var[_T]],
        /,
    ) -> None: ...
    @overload
    def __setitem__(
        self: Var[dict[_KT, _VT]],
        arg0: _KT | Var[_KT],
        arg1: _VT | Var[_VT],
        /,
    ) -> None: ...
    @overload
    def __setitem__(
        self: Var[typing.MutableMapping[_KT, _VT]],
        arg0: _KT | Var[_KT],
        arg1: _VT | Var[_VT],
        /,
    ) -> None: ...
    @overload
    def __setitem__(
        self: Var[typing.MutableSequence[_T]],
        arg0: int | Var[int],
        arg1: _T | Var[_T],
        /,
    ) -> None: ...
    @overload
    def __setitem__(
        self: Var[typing.MutableSequence[_T]],
        arg0: _Type27 | Var[slice[int | None, int | None, int | None]],
        arg1: Var[typing.Iterable[_T]] | typing.Iterable[_T | Var[_T]],
        /,
    ) -> None: ...
    @overload
    def __setitem__(self: Var[_CanSetItem[_A, _B]], key: Var[_A], value: Var[_B], /) -> None: ...
    @overload
    def __setitem__(self: Var[_CanSetItem[_A, _M]], key: Var[_A], value: _M, /) -> None: ...
    @overload
    def __setitem__(self: Var[_CanSetItem[_L, _B]], key: _L, value: Var[_B], /) -> None: ...
    @overload
    def __setitem__(self: Var[_CanSetItem[_L, _M]], key: _L, value: _M, /) -> None: ...
    @overload
    def __delitem__(self: Var[_HasIt], key: Any, /) -> None: ...
    @overload
    def __delitem__(self: Var[bytearray], arg0: Var[_Type10] | _Type9, /) -> None: ...
    @overload
    def __delitem__(self: Var[list[_T]], arg0: Var[_Type10] | _Type9, /) -> None: ...
    @overload
    def __delitem__(self: Var[dict[_KT, _VT]], arg0: _KT | Var[_KT], /) -> None: ...
    @overload
    def __delitem__(
        self: Var[typing.MutableMapping[_KT, _VT]],
        arg0: _KT | Var[_KT],
        /,
    ) -> None: ...
    @overload
    def __delitem__(self: Var[typing.MutableSequence[_T]], arg0: int | Var[int], /) -> None: ...
    @overload
    def __delitem__(
        self: Var[typing.MutableSequence[_T]],
        arg0: _Type27 | Var[slice[int | None, int | None, int | None]],
        /,
    ) -> None: ...
    @overload
    def __delitem__(self: Var[_CanDelItem[_A]], key: Var[_A], /) -> None: ...
    @overload
    def __delitem__(self: Var[_CanDelItem[_L]], key: _L, /) -> None: ...
    @overload
    def __contains__(self: Var[_HasIt], item: Any, /) -> bool: ...
    @overload
    def __contains__(self: Var[str], arg0: str | Var[str], /) -> bool: ...
    @overload
    def __contains__(
        self: Var[bytes],
        arg0: Var[_SupportsIndex | typing_extensions.Buffer] | _SupportsIndex | typing_extensions.Buffer,
        /,
    ) -> bool: ...
    @overload
    def __contains__(
        self: Var[bytearray],
        arg0: Var[_SupportsIndex | typing_extensions.Buffer] | _SupportsIndex | typing_extensions.Buffer,
        /,
    ) -> bool: ...
    @overload
    def __contains__(self: Var[memoryview[_I]], arg0: object, /) -> bool: ...
    @overload
    def __contains__(self: Var[range], arg0: object, /) -> bool: ...
    @overload
    def __contains__(self: Var[tuple[_T_co, ...]], arg0: object, /) -> bool: ...
    @overload
    def __contains__(self: Var[list[_T]], arg0: object, /) -> bool: ...
    @overload
    def __contains__(self: Var[set[_T]], arg0: object, /) -> bool: ...
    @overload
    def __contains__(self: Var[frozenset[_T_co]], arg0: object, /) -> bool: ...
    @overload
    def __contains__(
        self: Var[typing.ItemsView[_KT_co, _VT_co]],
        arg0: tuple[object, object] | Var[tuple[object, object]],
        /,
    ) -> bool: ...
    @overload
    def __contains__(
        self: Var[_collections_abc.dict_keys[_KT_co, _VT_co]],
        arg0: object,
        /,
    ) -> bool: ...
    @overload
    def __contains__(self: Var[typing.KeysView[_KT_co]], arg0: object, /) -> bool: ...
    @overload
    def __contains__(self: Var[dict[_KT, _VT]], arg0: object, /) -> bool: ...
    @overload
    def __contains__(
        self: Var[types.MappingProxyType[_KT_co, _VT_co]],
        arg0: object,
        /,
    ) -> bool: ...
    @overload
    def __contains__(self: Var[typing.MutableMapping[_KT, _VT]], arg0: object, /) -> bool: ...
    @overload
    def __contains__(self: Var[typing.Mapping[_KT, _VT_co]], arg0: object, /) -> bool: ...
    @overload
    def __contains__(
        self: Var[_collections_abc.dict_values[_KT_co, _VT_co]],
        arg0: object,
        /,
    ) -> bool: ...
    @overload
    def __contains__(self: Var[typing.ValuesView[_VT_co]], arg0: object, /) -> bool: ...
    @overload
    def __contains__(self: Var[_CanContain[_A]], item: Var[_A], /) -> bool: ...
    @overload
    def __contains__(self: Var[_CanContain[_L]], item: _L, /) -> bool: ...
    @overload
    def __contains__(self: Var[typing.Iterator[Any]], item: object, /) -> bool: ...
    __sizeof__: None
    def __hash__(self) -> int: ...
    def __bool__(self) -> bool: ...
    def __len__(self: Var[typing.Sized]) -> int: ...
    def __index__(self: Var[typing.SupportsIndex]) -> int: ...
    def __int__(self: Var[typing.SupportsInt | typing.SupportsIndex | str | bytes | bytearray]) -> int: ...
    def __float__(self: Var[typing.SupportsFloat | typing.SupportsIndex | str | bytes | bytearray]) -> float: ...
    def __complex__(self: Var[typing.SupportsComplex | typing.SupportsFloat | str]) -> complex: ...
    def __bytes__(self: Var[typing.SupportsBytes | typing.Iterable[int] | int]) -> bytes: ...
    def __next__(self: Var[_CanNext[_R]]) -> Var[_R]: ...
    def __reversed__(self: Var[typing.Reversible[_R]]) -> typing.Iterator[Var[_R]]: ...
    def __aiter__(self: Var[typing.AsyncIterable[_R]]) -> typing.AsyncIterator[Var[_R]]: ...
    async def __anext__(self: Var[typing.AsyncIterator[_R]]) -> Var[_R]: ...
    def __enter__(self: Var[_CanEnter[_R]]) -> Var[_R]: ...
    async def __aenter__(self: Var[_CanEnterAsync[_R]]) -> Var[_R]: ...
    @overload
    def __iter__(self: Var[tuple[Any, Any]]) -> typing.Iterator[Var[Any]]: ...
    @overload
    def __iter__(self: Var[tuple[Any, Any, Any]]) -> typing.Iterator[Var[Any]]: ...
    @overload
    def __iter__(self: Var[tuple[Any, Any, Any, Any]]) -> typing.Iterator[Var[Any]]: ...
    @overload
    def __iter__(self: Var[typing.Iterable[_R]]) -> typing.Iterator[Var[_R]]: ...
    def __exit__(
        self: Var[_CanExit],
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: types.TracebackType | None,
        /,
    ) -> bool | None: ...
    async def __aexit__(
        self: Var[_CanExitAsync],
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: types.TracebackType | None,
        /,
    ) -> bool | None: ...
    @overload
    def __call__(self: Var[_HasIt], *args: Any, **kwargs: Any) -> Var[Any]: ...
    @overload
    def __call__(self: Var[type[bool]], arg0: object = ..., /) -> Var[bool]: ...
    @overload
    def __call__(self: Var[type[int]], arg0: Var[_Type5] | _Type5 = ..., /) -> Var[int]: ...
    @overload
    def __call__(
        self: Var[type[int]],
        arg0: str | bytes | bytearray | Var[str | bytes | bytearray],
        /,
        base: Var[_SupportsIndex] | _SupportsIndex,
    ) -> Var[int]: ...
    @overload
    def __call__(self: Var[type[float]], arg0: Var[_Type6] | _Type6 = ..., /) -> Var[float]: ...
    @overload
    def __call__(
        self: Var[type[complex]],
        real: Var[_Type7] | _Type7 = ...,
        imag: Var[complex | _SupportsFloat | _SupportsIndex] | complex | _SupportsFloat | _SupportsIndex = ...,
    ) -> Var[complex]: ...
    @overload
    def __call__(self: Var[type[complex]], real: Var[_Type8] | _Type8) -> Var[complex]: ...
    @overload
    def __call__(self: Var[type[str]], object: object = ...) -> Var[str]: ...
    @overload
    def __call__(
        self: Var[type[str]],
        object: Var[typing_extensions.Buffer] | typing_extensions.Buffer,
        encoding: str | Var[str] = ...,
        errors: str | Var[str] = ...,
    ) -> Var[str]: ...
    @overload
    def __call__(self: Var[type[bytes]], arg0: Var[_Type17] | _Type16, /) -> Var[bytes]: ...
    @overload
    def __call__(
        self: Var[type[bytes]],
        arg0: str | Var[str],
        /,
        encoding: str | Var[str],
        errors: str | Var[str] = ...,
    ) -> Var[bytes]: ...
    @overload
    def __call__(self: Var[type[bytes]]) -> Var[bytes]: ...
    @overload
    def __call__(self: Var[type[bytearray]]) -> Var[bytearray]: ...
    @overload
    def __call__(self: Var[type[bytearray]], arg0: Var[_Type21] | _Type20, /) -> Var[bytearray]: ...
    @overload
    def __call__(
        self: Var[type[bytearray]],
        arg0: str | Var[str],
        /,
        encoding: str | Var[str],
        errors: str | Var[str] = ...,
    ) -> Var[bytearray]: ...
    @overload
    def __call__(
        self: Var[type[memoryview[Any]]],
        obj: Var[typing_extensions.Buffer] | typing_extensions.Buffer,
    ) -> Var[memoryview[_I]]: ...
    @overload
    def __call__(
        self: Var[type[range]],
        arg0: Var[_SupportsIndex] | _SupportsIndex,
        /,
    ) -> Var[range]: ...
    @overload
    def __call__(
        self: Var[type[range]],
        arg0: Var[_SupportsIndex] | _SupportsIndex,
        arg1: Var[_SupportsIndex] | _SupportsIndex,
        arg2: Var[_SupportsIndex] | _SupportsIndex = ...,
        /,
    ) -> Var[range]: ...
    @overload
    def __call__(
        self: Var[type[slice[Any, Any, Any]]],
        arg0: None | Var[None],
        arg1: None | Var[None] = ...,
        arg2: None | Var[None] = ...,
        /,
    ) -> Var[slice[Any, Any, Any]]: ...
    @overload
    def __call__(
        self: Var[type[slice[Any, Any, Any]]],
        arg0: Var[_T2],
        /,
    ) -> Var[slice[Any, _T2, Any]]: ...
    @overload
    def __call__(
        self: Var[type[slice[Any, Any, Any]]],
        arg0: _T2,
        /,
    ) -> Var[slice[Any, _T2, Any]]: ...
    @overload
    def __call__(
        self: Var[type[slice[Any, Any, Any]]],
        arg0: Var[_T1],
        arg1: None | Var[None],
        arg2: None | Var[None] = ...,
        /,
    ) -> Var[slice[_T1, Any, Any]]: ...
    @overload
    def __call__(
        self: Var[type[slice[Any, Any, Any]]],
        arg0: _T1,
        arg1: None | Var[None],
        arg2: None | Var[None] = ...,
        /,
    ) -> Var[slice[_T1, Any, Any]]: ...
    @overload
    def __call__(
        self: Var[type[slice[Any, Any, Any]]],
        arg0: None | Var[None],
        arg1: Var[_T2],
        arg2: None | Var[None] = ...,
        /,
    ) -> Var[slice[Any, _T2, Any]]: ...
    @overload
    def __call__(
        self: Var[type[slice[Any, Any, Any]]],
        arg0: None | Var[None],
        arg1: _T2,
        arg2: None | Var[None] = ...,
        /,
    ) -> Var[slice[Any, _T2, Any]]: ...
    @overload
    def __call__(
        self: Var[type[slice[Any, Any, Any]]],
        arg0: Var[_T1],
        arg1: Var[_T2],
        arg2: None | Var[None] = ...,
        /,
    ) -> Var[slice[_T1, _T2, Any]]: ...
    @overload
    def __call__(
        self: Var[type[slice[Any, Any, Any]]],
        arg0: Var[_T1],
        arg1: _T2,
        arg2: None | Var[None] = ...,
        /,
    ) -> Var[slice[_T1, _T2, Any]]: ...
    @overload
    def __call__(
        self: Var[type[slice[Any, Any, Any]]],
        arg0: _T1,
        arg1: Var[_T2],
        arg2: None | Var[None] = ...,
        /,
    ) -> Var[slice[_T1, _T2, Any]]: ...
    @overload
    def __call__(
        self: Var[type[slice[Any, Any, Any]]],
        arg0: _T1,
        arg1: _T2,
        arg2: None | Var[None] = ...,
        /,
    ) -> Var[slice[_T1, _T2, Any]]: ...
    @overload
    def __call__(
        self: Var[type[slice[Any, Any, Any]]],
        arg0: None | Var[None],
        arg1: None | Var[None],
        arg2: Var[_T3],
        /,
    ) -> Var[slice[Any, Any, _T3]]: ...
    @overload
    def __call__(
        self: Var[type[slice[Any, Any, Any]]],
        arg0: None | Var[None],
        arg1: None | Var[None],
        arg2: _T3,
        /,
    ) -> Var[slice[Any, Any, _T3]]: ...
    @overload
    def __call__(
        self: Var[type[slice[Any, Any, Any]]],
        arg0: Var[_T1],
        arg1: None | Var[None],
        arg2: Var[_T3],
        /,
    ) -> Var[slice[_T1, Any, _T3]]: ...
    @overload
    def __call__(
        self: Var[type[slice[Any, Any, Any]]],
        arg0: Var[_T1],
        arg1: None | Var[None],
        arg2: _T3,
        /,
    ) -> Var[slice[_T1, Any, _T3]]: ...
    @overload
    def __call__(
        self: Var[type[slice[Any, Any, Any]]],
        arg0: _T1,
        arg1: None | Var[None],
        arg2: Var[_T3],
        /,
    ) -> Var[slice[_T1, Any, _T3]]: ...
    @overload
    def __call__(
        self: Var[type[slice[Any, Any, Any]]],
        arg0: _T1,
        arg1: None | Var[None],
        arg2: _T3,
        /,
    ) -> Var[slice[_T1, Any, _T3]]: ...
    @overload
    def __call__(
        self: Var[type[slice[Any, Any, Any]]],
        arg0: None | Var[None],
        arg1: Var[_T2],
        arg2: Var[_T3],
        /,
    ) -> Var[slice[Any, _T2, _T3]]: ...
    @overload
    def __call__(
        self: Var[type[slice[Any, Any, Any]]],
        arg0: None | Var[None],
        arg1: Var[_T2],
        arg2: _T3,
        /,
    ) -> Var[slice[Any, _T2, _T3]]: ...
    @overload
    def __call__(
        self: Var[type[slice[Any, Any, Any]]],
        arg0: None | Var[None],
        arg1: _T2,
        arg2: Var[_T3],
        /,
    ) -> Var[slice[Any, _T2, _T3]]: ...
    @overload
    def __call__(
        self: Var[type[slice[Any, Any, Any]]],
        arg0: None | Var[None],
        arg1: _T2,
        arg2: _T3,
        /,
    ) -> Var[slice[Any, _T2, _T3]]: ...
    @overload
    def __call__(
        self: Var[type[slice[Any, Any, Any]]],
        arg0: Var[_T1],
        arg1: Var[_T2],
        arg2: Var[_T3],
        /,
    ) -> Var[slice[_T1, _T2, _T3]]: ...
    @overload
    def __call__(
        self: Var[type[slice[Any, Any, Any]]],
        arg0: _T1,
        arg1: _T2,
        arg2: _T3,
        /,
    ) -> Var[slice[_T1, _T2, _T3]]: ...
    @overload
    def __call__(
        self: Var[type[tuple[Any, ...]]],
        arg0: Var[typing.Iterable[_T_co]] = ...,
        /,
    ) -> Var[tuple[_T_co, ...]]: ...
    @overload
    def __call__(
        self: Var[type[tuple[Any, ...]]],
        arg0: typing.Iterable[Var[_T_co]] = ...,
        /,
    ) -> Var[tuple[_T_co, ...]]: ...
    @overload
    def __call__(
        self: Var[type[tuple[Any, ...]]],
        arg0: typing.Iterable[_T_co] = ...,
        /,
    ) -> Var[tuple[_T_co, ...]]: ...
    @overload
    def __call__(self: Var[type[list[Any]]]) -> Var[list[_T]]: ...
    @overload
    def __call__(
        self: Var[type[list[Any]]],
        arg0: Var[typing.Iterable[_T]],
        /,
    ) -> Var[list[_T]]: ...
    @overload
    def __call__(
        self: Var[type[list[Any]]],
        arg0: typing.Iterable[Var[_T]],
        /,
    ) -> Var[list[_T]]: ...
    @overload
    def __call__(self: Var[type[list[Any]]], arg0: typing.Iterable[_T], /) -> Var[list[_T]]: ...
    @overload
    def __call__(self: Var[type[dict[Any, Any]]]) -> Var[dict[_KT, _VT]]: ...
    @overload
    def __call__(self: Var[type[dict[Any, Any]]], **kwargs: Var[_VT]) -> Var[dict[str, _VT]]: ...
    @overload
    def __call__(self: Var[type[dict[Any, Any]]], **kwargs: _VT) -> Var[dict[str, _VT]]: ...
    @overload
    def __call__(
        self: Var[type[dict[Any, Any]]],
        arg0: Var[_typeshed.SupportsKeysAndGetItem[_KT, _VT]],
        /,
    ) -> Var[dict[_KT, _VT]]: ...
    @overload
    def __call__(
        self: Var[type[dict[Any, Any]]],
        arg0: _typeshed.SupportsKeysAndGetItem[_KT, Var[_VT]],
        /,
    ) -> Var[dict[_KT, _VT]]: ...
    @overload
    def __call__(
        self: Var[type[dict[Any, Any]]],
        arg0: _typeshed.SupportsKeysAndGetItem[_KT, _VT],
        /,
    ) -> Var[dict[_KT, _VT]]: ...
    @overload
    def __call__(
        self: Var[type[dict[Any, Any]]],
        arg0: Var[_typeshed.SupportsKeysAndGetItem[str, _VT]],
        /,
        **kwargs: Var[_VT],
    ) -> Var[dict[str, _VT]]: ...
    @overload
    def __call__(
        self: Var[type[dict[Any, Any]]],
        arg0: Var[_typeshed.SupportsKeysAndGetItem[str, _VT]],
        /,
        **kwargs: _VT,
    ) -> Var[dict[str, _VT]]: ...
    @overload
    def __call__(
        self: Var[type[dict[Any, Any]]],
        arg0: _typeshed.SupportsKeysAndGetItem[str, Var[_VT]],
        /,
        **kwargs: Var[_VT],
    ) -> Var[dict[str, _VT]]: ...
    @overload
    def __call__(
        self: Var[type[dict[Any, Any]]],
        arg0: _typeshed.SupportsKeysAndGetItem[str, Var[_VT]],
        /,
        **kwargs: _VT,
    ) -> Var[dict[str, _VT]]: ...
    @overload
    def __call__(
        self: Var[type[dict[Any, Any]]],
        arg0: _typeshed.SupportsKeysAndGetItem[str, _VT],
        /,
        **kwargs: Var[_VT],
    ) -> Var[dict[str, _VT]]: ...
    @overload
    def __call__(
        self: Var[type[dict[Any, Any]]],
        arg0: _typeshed.SupportsKeysAndGetItem[str, _VT],
        /,
        **kwargs: _VT,
    ) -> Var[dict[str, _VT]]: ...
    @overload
    def __call__(
        self: Var[type[dict[Any, Any]]],
        arg0: Var[typing.Iterable[tuple[_KT, _VT]]],
        /,
    ) -> Var[dict[_KT, _VT]]: ...
    @overload
    def __call__(
        self: Var[type[dict[Any, Any]]],
        arg0: typing.Iterable[Var[tuple[_KT, _VT]]],
        /,
    ) -> Var[dict[_KT, _VT]]: ...
    @overload
    def __call__(
        self: Var[type[dict[Any, Any]]],
        arg0: typing.Iterable[tuple[_KT, _VT]],
        /,
    ) -> Var[dict[_KT, _VT]]: ...
    @overload
    def __call__(
        self: Var[type[dict[Any, Any]]],
        arg0: Var[typing.Iterable[tuple[str, _VT]]],
        /,
        **kwargs: Var[_VT],
    ) -> Var[dict[str, _VT]]: ...
    @overload
    def __call__(
        self: Var[type[dict[Any, Any]]],
        arg0: Var[typing.Iterable[tuple[str, _VT]]],
        /,
        **kwargs: _VT,
    ) -> Var[dict[str, _VT]]: ...
    @overload
    def __call__(
        self: Var[type[dict[Any, Any]]],
        arg0: typing.Iterable[Var[tuple[str, _VT]]],
        /,
        **kwargs: Var[_VT],
    ) -> Var[dict[str, _VT]]: ...
    @overload
    def __call__(
        self: Var[type[dict[Any, Any]]],
        arg0: typing.Iterable[Var[tuple[str, _VT]]],
        /,
        **kwargs: _VT,
    ) -> Var[dict[str, _VT]]: ...
    @overload
    def __call__(
        self: Var[type[dict[Any, Any]]],
        arg0: typing.Iterable[tuple[str, _VT]],
        /,
        **kwargs: Var[_VT],
    ) -> Var[dict[str, _VT]]: ...
    @overload
    def __call__(
        self: Var[type[dict[Any, Any]]],
        arg0: typing.Iterable[tuple[str, _VT]],
        /,
        **kwargs: _VT,
    ) -> Var[dict[str, _VT]]: ...
    @overload
    def __call__(
        self: Var[type[dict[Any, Any]]],
        arg0: Var[typing.Iterable[list[str]]] | _Type25,
        /,
    ) -> Var[dict[str, str]]: ...
    @overload
    def __call__(
        self: Var[type[dict[Any, Any]]],
        arg0: Var[typing.Iterable[list[bytes]]] | _Type26,
        /,
    ) -> Var[dict[bytes, bytes]]: ...
    @overload
    def __call__(self: Var[type[set[Any]]]) -> Var[set[_T]]: ...
    @overload
    def __call__(self: Var[type[set[Any]]], arg0: Var[typing.Iterable[_T]], /) -> Var[set[_T]]: ...
    @overload
    def __call__(self: Var[type[set[Any]]], arg0: typing.Iterable[Var[_T]], /) -> Var[set[_T]]: ...
    @overload
    def __call__(self: Var[type[set[Any]]], arg0: typing.Iterable[_T], /) -> Var[set[_T]]: ...
    @overload
    def __call__(self: Var[type[frozenset[Any]]]) -> Var[frozenset[_T_co]]: ...
    @overload
    def __call__(
        self: Var[type[frozenset[Any]]],
        arg0: Var[typing.Iterable[_T_co]],
        /,
    ) -> Var[frozenset[_T_co]]: ...
    @overload
    def __call__(
        self: Var[type[frozenset[Any]]],
        arg0: typing.Iterable[Var[_T_co]],
        /,
    ) -> Var[frozenset[_T_co]]: ...
    @overload
    def __call__(
        self: Var[type[frozenset[Any]]],
        arg0: typing.Iterable[_T_co],
        /,
    ) -> Var[frozenset[_T_co]]: ...
    @overload
    def __call__(
        self: Var[type[enumerate[Any]]],
        iterable: Var[typing.Iterable[_T]],
        start: int | Var[int] = ...,
    ) -> Var[enumerate[_T]]: ...
    @overload
    def __call__(
        self: Var[type[enumerate[Any]]],
        iterable: typing.Iterable[Var[_T]],
        start: int | Var[int] = ...,
    ) -> Var[enumerate[_T]]: ...
    @overload
    def __call__(
        self: Var[type[enumerate[Any]]],
        iterable: typing.Iterable[_T],
        start: int | Var[int] = ...,
    ) -> Var[enumerate[_T]]: ...
    @overload
    def __call__(self: Var[type[zip[Any]]], *, strict: bool | Var[bool] = ...) -> Var[zip[Any]]: ...
    @overload
    def __call__(
        self: Var[type[zip[Any]]],
        arg0: Var[typing.Iterable[_T1]],
        /,
        *,
        strict: bool | Var[bool] = ...,
    ) -> Var[zip[tuple[_T1]]]: ...
    @overload
    def __call__(
        self: Var[type[zip[Any]]],
        arg0: typing.Iterable[Var[_T1]],
        /,
        *,
        strict: bool | Var[bool] = ...,
    ) -> Var[zip[tuple[_T1]]]: ...
    @overload
    def __call__(
        self: Var[type[zip[Any]]],
        arg0: typing.Iterable[_T1],
        /,
        *,
        strict: bool | Var[bool] = ...,
    ) -> Var[zip[tuple[_T1]]]: ...
    @overload
    def __call__(
        self: Var[type[zip[Any]]],
        arg0: Var[typing.Iterable[_T1]],
        arg1: Var[typing.Iterable[_T2]],
        /,
        *,
        strict: bool | Var[bool] = ...,
    ) -> Var[zip[tuple[_T1, _T2]]]: ...
    @overload
    def __call__(
        self: Var[type[zip[Any]]],
        arg0: Var[typing.Iterable[_T1]],
        arg1: typing.Iterable[Var[_T2]],
        /,
        *,
        strict: bool | Var[bool] = ...,
    ) -> Var[zip[tuple[_T1, _T2]]]: ...
    @overload
    def __call__(
        self: Var[type[zip[Any]]],
        arg0: Var[typing.Iterable[_T1]],
        arg1: typing.Iterable[_T2],
        /,
        *,
        strict: bool | Var[bool] = ...,
    ) -> Var[zip[tuple[_T1, _T2]]]: ...
    @overload
    def __call__(
        self: Var[type[zip[Any]]],
        arg0: typing.Iterable[Var[_T1]],
        arg1: Var[typing.Iterable[_T2]],
        /,
        *,
        strict: bool | Var[bool] = ...,
    ) -> Var[zip[tuple[_T1, _T2]]]: ...
    @overload
    def __call__(
        self: Var[type[zip[Any]]],
        arg0: typing.Iterable[Var[_T1]],
        arg1: typing.Iterable[Var[_T2]],
        /,
        *,
        strict: bool | Var[bool] = ...,
    ) -> Var[zip[tuple[_T1, _T2]]]: ...
    @overload
    def __call__(
        self: Var[type[zip[Any]]],
        arg0: typing.Iterable[Var[_T1]],
        arg1: typing.Iterable[_T2],
        /,
        *,
        strict: bool | Var[bool] = ...,
    ) -> Var[zip[tuple[_T1, _T2]]]: ...
    @overload
    def __call__(
        self: Var[type[zip[Any]]],
        arg0: typing.Iterable[_T1],
        arg1: Var[typing.Iterable[_T2]],
        /,
        *,
        strict: bool | Var[bool] = ...,
    ) -> Var[zip[tuple[_T1, _T2]]]: ...
    @overload
    def __call__(
        self: Var[type[zip[Any]]],
        arg0: typing.Iterable[_T1],
        arg1: typing.Iterable[Var[_T2]],
        /,
        *,
        strict: bool | Var[bool] = ...,
    ) -> Var[zip[tuple[_T1, _T2]]]: ...
    @overload
    def __call__(
        self: Var[type[zip[Any]]],
        arg0: typing.Iterable[_T1],
        arg1: typing.Iterable[_T2],
        /,
        *,
        strict: bool | Var[bool] = ...,
    ) -> Var[zip[tuple[_T1, _T2]]]: ...
    @overload
    def __call__(
        self: Var[type[zip[Any]]],
        arg0: Var[typing.Iterable[_T1]],
        arg1: Var[typing.Iterable[_T2]],
        arg2: Var[typing.Iterable[_T3]],
        /,
        *,
        strict: bool | Var[bool] = ...,
    ) -> Var[zip[tuple[_T1, _T2, _T3]]]: ...
    @overload
    def __call__(
        self: Var[type[zip[Any]]],
        arg0: typing.Iterable[_T1],
        arg1: typing.Iterable[_T2],
        arg2: typing.Iterable[_T3],
        /,
        *,
        strict: bool | Var[bool] = ...,
    ) -> Var[zip[tuple[_T1, _T2, _T3]]]: ...
    @overload
    def __call__(
        self: Var[type[zip[Any]]],
        arg0: Var[typing.Iterable[_T1]],
        arg1: Var[typing.Iterable[_T2]],
        arg2: Var[typing.Iterable[_T3]],
        arg3: Var[typing.Iterable[_T4]],
        /,
        *,
        strict: bool | Var[bool] = ...,
    ) -> Var[zip[tuple[_T1, _T2, _T3, _T4]]]: ...
    @overload
    def __call__(
        self: Var[type[zip[Any]]],
        arg0: typing.Iterable[_T1],
        arg1: typing.Iterable[_T2],
        arg2: typing.Iterable[_T3],
        arg3: typing.Iterable[_T4],
        /,
        *,
        strict: bool | Var[bool] = ...,
    ) -> Var[zip[tuple[_T1, _T2, _T3, _T4]]]: ...
    @overload
    def __call__(
        self: Var[type[zip[Any]]],
        arg0: Var[typing.Iterable[_T1]],
        arg1: Var[typing.Iterable[_T2]],
        arg2: Var[typing.Iterable[_T3]],
        arg3: Var[typing.Iterable[_T4]],
        arg4: Var[typing.Iterable[_T5]],
        /,
        *,
        strict: bool | Var[bool] = ...,
    ) -> Var[zip[tuple[_T1, _T2, _T3, _T4, _T5]]]: ...
    @overload
    def __call__(
        self: Var[type[zip[Any]]],
        arg0: typing.Iterable[_T1],
        arg1: typing.Iterable[_T2],
        arg2: typing.Iterable[_T3],
        arg3: typing.Iterable[_T4],
        arg4: typing.Iterable[_T5],
        /,
        *,
        strict: bool | Var[bool] = ...,
    ) -> Var[zip[tuple[_T1, _T2, _T3, _T4, _T5]]]: ...
    @overload
    def __call__(
        self: Var[type[zip[Any]]],
        arg0: Var[typing.Iterable[Any]] | typing.Iterable[Any],
        arg1: Var[typing.Iterable[Any]] | typing.Iterable[Any],
        arg2: Var[typing.Iterable[Any]] | typing.Iterable[Any],
        arg3: Var[typing.Iterable[Any]] | typing.Iterable[Any],
        arg4: Var[typing.Iterable[Any]] | typing.Iterable[Any],
        arg5: Var[typing.Iterable[Any]] | typing.Iterable[Any],
        /,
        *iterables: Var[typing.Iterable[Any]] | typing.Iterable[Any],
        strict: bool | Var[bool] = ...,
    ) -> Var[zip[tuple[Any, ...]]]: ...
    @overload
    def __call__(
        self: Var[type[map[Any]]],
        arg0: Var[Callable[[_T1], _S]],
        arg1: Var[typing.Iterable[_T1]],
        /,
    ) -> Var[map[_S]]: ...
    @overload
    def __call__(
        self: Var[type[map[Any]]],
        arg0: Var[Callable[[_T1], _S]],
        arg1: typing.Iterable[Var[_T1]],
        /,
    ) -> Var[map[_S]]: ...
    @overload
    def __call__(
        self: Var[type[map[Any]]],
        arg0: Var[Callable[[_T1], _S]],
        arg1: typing.Iterable[_T1],
        /,
    ) -> Var[map[_S]]: ...
    @overload
    def __call__(
        self: Var[type[map[Any]]],
        arg0: Callable[[_T1], _S],
        arg1: Var[typing.Iterable[_T1]],
        /,
    ) -> Var[map[_S]]: ...
    @overload
    def __call__(
        self: Var[type[map[Any]]],
        arg0: Callable[[_T1], _S],
        arg1: typing.Iterable[Var[_T1]],
        /,
    ) -> Var[map[_S]]: ...
    @overload
    def __call__(
        self: Var[type[map[Any]]],
        arg0: Callable[[_T1], _S],
        arg1: typing.Iterable[_T1],
        /,
    ) -> Var[map[_S]]: ...
    @overload
    def __call__(
        self: Var[type[map[Any]]],
        arg0: Var[Callable[[_T1, _T2], _S]],
        arg1: Var[typing.Iterable[_T1]],
        arg2: Var[typing.Iterable[_T2]],
        /,
    ) -> Var[map[_S]]: ...
    @overload
    def __call__(
        self: Var[type[map[Any]]],
        arg0: Callable[[_T1, _T2], _S],
        arg1: typing.Iterable[_T1],
        arg2: typing.Iterable[_T2],
        /,
    ) -> Var[map[_S]]: ...
    @overload
    def __call__(
        self: Var[type[map[Any]]],
        arg0: Var[Callable[[_T1, _T2, _T3], _S]],
        arg1: Var[typing.Iterable[_T1]],
        arg2: Var[typing.Iterable[_T2]],
        arg3: Var[typing.Iterable[_T3]],
        /,
    ) -> Var[map[_S]]: ...
    @overload
    def __call__(
        self: Var[type[map[Any]]],
        arg0: Callable[[_T1, _T2, _T3], _S],
        arg1: typing.Iterable[_T1],
        arg2: typing.Iterable[_T2],
        arg3: typing.Iterable[_T3],
        /,
    ) -> Var[map[_S]]: ...
    @overload
    def __call__(
        self: Var[type[map[Any]]],
        arg0: Var[Callable[[_T1, _T2, _T3, _T4], _S]],
        arg1: Var[typing.Iterable[_T1]],
        arg2: Var[typing.Iterable[_T2]],
        arg3: Var[typing.Iterable[_T3]],
        arg4: Var[typing.Iterable[_T4]],
        /,
    ) -> Var[map[_S]]: ...
    @overload
    def __call__(
        self: Var[type[map[Any]]],
        arg0: Callable[[_T1, _T2, _T3, _T4], _S],
        arg1: typing.Iterable[_T1],
        arg2: typing.Iterable[_T2],
        arg3: typing.Iterable[_T3],
        arg4: typing.Iterable[_T4],
        /,
    ) -> Var[map[_S]]: ...
    @overload
    def __call__(
        self: Var[type[map[Any]]],
        arg0: Var[Callable[[_T1, _T2, _T3, _T4, _T5], _S]],
        arg1: Var[typing.Iterable[_T1]],
        arg2: Var[typing.Iterable[_T2]],
        arg3: Var[typing.Iterable[_T3]],
        arg4: Var[typing.Iterable[_T4]],
        arg5: Var[typing.Iterable[_T5]],
        /,
    ) -> Var[map[_S]]: ...
    @overload
    def __call__(
        self: Var[type[map[Any]]],
        arg0: Callable[[_T1, _T2, _T3, _T4, _T5], _S],
        arg1: typing.Iterable[_T1],
        arg2: typing.Iterable[_T2],
        arg3: typing.Iterable[_T3],
        arg4: typing.Iterable[_T4],
        arg5: typing.Iterable[_T5],
        /,
    ) -> Var[map[_S]]: ...
    @overload
    def __call__(
        self: Var[type[map[Any]]],
        arg0: Var[Callable[..., _S]],
        arg1: Var[typing.Iterable[Any]] | typing.Iterable[Any],
        arg2: Var[typing.Iterable[Any]] | typing.Iterable[Any],
        arg3: Var[typing.Iterable[Any]] | typing.Iterable[Any],
        arg4: Var[typing.Iterable[Any]] | typing.Iterable[Any],
        arg5: Var[typing.Iterable[Any]] | typing.Iterable[Any],
        arg6: Var[typing.Iterable[Any]] | typing.Iterable[Any],
        /,
        *iterables: Var[typing.Iterable[Any]] | typing.Iterable[Any],
    ) -> Var[map[_S]]: ...
    @overload
    def __call__(
        self: Var[type[map[Any]]],
        arg0: Callable[..., _S],
        arg1: Var[typing.Iterable[Any]] | typing.Iterable[Any],
        arg2: Var[typing.Iterable[Any]] | typing.Iterable[Any],
        arg3: Var[typing.Iterable[Any]] | typing.Iterable[Any],
        arg4: Var[typing.Iterable[Any]] | typing.Iterable[Any],
        arg5: Var[typing.Iterable[Any]] | typing.Iterable[Any],
        arg6: Var[typing.Iterable[Any]] | typing.Iterable[Any],
        /,
        *iterables: Var[typing.Iterable[Any]] | typing.Iterable[Any],
    ) -> Var[map[_S]]: ...
    @overload
    def __call__(
        self: Var[type[filter[Any]]],
        arg0: None | Var[None],
        arg1: Var[typing.Iterable[_T | None]],
        /,
    ) -> Var[filter[_T]]: ...
    @overload
    def __call__(
        self: Var[type[filter[Any]]],
        arg0: None | Var[None],
        arg1: typing.Iterable[Var[_T | None]],
        /,
    ) -> Var[filter[_T]]: ...
    @overload
    def __call__(
        self: Var[type[filter[Any]]],
        arg0: None | Var[None],
        arg1: typing.Iterable[_T | None],
        /,
    ) -> Var[filter[_T]]: ...
    @overload
    def __call__(
        self: Var[type[filter[Any]]],
        arg0: Var[Callable[[_S], bool]],
        arg1: Var[typing.Iterable[_S]],
        /,
    ) -> Var[filter[_T]]: ...
    @overload
    def __call__(
        self: Var[type[filter[Any]]],
        arg0: Var[Callable[[_S], bool]],
        arg1: typing.Iterable[Var[_S]],
        /,
    ) -> Var[filter[_T]]: ...
    @overload
    def __call__(
        self: Var[type[filter[Any]]],
        arg0: Var[Callable[[_S], bool]],
        arg1: typing.Iterable[_S],
        /,
    ) -> Var[filter[_T]]: ...
    @overload
    def __call__(
        self: Var[type[filter[Any]]],
        arg0: Callable[[_S], bool],
        arg1: Var[typing.Iterable[_S]],
        /,
    ) -> Var[filter[_T]]: ...
    @overload
    def __call__(
        self: Var[type[filter[Any]]],
        arg0: Callable[[_S], bool],
        arg1: typing.Iterable[Var[_S]],
        /,
    ) -> Var[filter[_T]]: ...
    @overload
    def __call__(
        self: Var[type[filter[Any]]],
        arg0: Callable[[_S], bool],
        arg1: typing.Iterable[_S],
        /,
    ) -> Var[filter[_T]]: ...
    @overload
    def __call__(
        self: Var[type[filter[Any]]],
        arg0: Var[Callable[[_T], Any]],
        arg1: Var[typing.Iterable[_T]],
        /,
    ) -> Var[filter[_T]]: ...
    @overload
    def __call__(
        self: Var[type[filter[Any]]],
        arg0: Var[Callable[[_T], Any]],
        arg1: typing.Iterable[Var[_T]],
        /,
    ) -> Var[filter[_T]]: ...
    @overload
    def __call__(
        self: Var[type[filter[Any]]],
        arg0: Var[Callable[[_T], Any]],
        arg1: typing.Iterable[_T],
        /,
    ) -> Var[filter[_T]]: ...
    @overload
    def __call__(
        self: Var[type[filter[Any]]],
        arg0: Callable[[_T], Any],
        arg1: Var[typing.Iterable[_T]],
        /,
    ) -> Var[filter[_T]]: ...
    @overload
    def __call__(
        self: Var[type[filter[Any]]],
        arg0: Callable[[_T], Any],
        arg1: typing.Iterable[Var[_T]],
        /,
    ) -> Var[filter[_T]]: ...
    @overload
    def __call__(
        self: Var[type[filter[Any]]],
        arg0: Callable[[_T], Any],
        arg1: typing.Iterable[_T],
        /,
    ) -> Var[filter[_T]]: ...
    @overload
    def __call__(
        self: Var[type[reversed[Any]]],
        arg0: Var[builtins._SupportsReversed[_T]],
        /,
    ) -> Var[_T]: ...
    @overload
    def __call__(
        self: Var[type[reversed[Any]]],
        arg0: builtins._SupportsReversed[_T],
        /,
    ) -> Var[_T]: ...
    @overload
    def __call__(
        self: Var[type[reversed[Any]]],
        arg0: Var[_typeshed.SupportsLenAndGetItem[_T_co]],
        /,
    ) -> Var[reversed[_T_co]]: ...
    @overload
    def __call__(
        self: Var[type[reversed[Any]]],
        arg0: _typeshed.SupportsLenAndGetItem[_T_co],
        /,
    ) -> Var[reversed[_T_co]]: ...
    @overload
    def __call__(
        self: Var[type[_collections_abc.dict_items[Any, Any]]],
        mapping: Var[_typeshed.SupportsGetItemViewable[_KT_co, _VT_co]],
    ) -> Var[_collections_abc.dict_items[_KT_co, _VT_co]]: ...
    @overload
    def __call__(
        self: Var[type[_collections_abc.dict_items[Any, Any]]],
        mapping: _typeshed.SupportsGetItemViewable[_KT_co, _VT_co],
    ) -> Var[_collections_abc.dict_items[_KT_co, _VT_co]]: ...
    @overload
    def __call__(
        self: Var[type[_collections_abc.dict_keys[Any, Any]]],
        mapping: Var[_typeshed.Viewable[_KT_co]],
    ) -> Var[_collections_abc.dict_keys[_KT_co, _VT_co]]: ...
    @overload
    def __call__(
        self: Var[type[_collections_abc.dict_keys[Any, Any]]],
        mapping: _typeshed.Viewable[_KT_co],
    ) -> Var[_collections_abc.dict_keys[_KT_co, _VT_co]]: ...
    @overload
    def __call__(
        self: Var[type[_collections_abc.dict_values[Any, Any]]],
        mapping: Var[_typeshed.SupportsGetItemViewable[Any, _VT_co]],
    ) -> Var[_collections_abc.dict_values[_KT_co, _VT_co]]: ...
    @overload
    def __call__(
        self: Var[type[_collections_abc.dict_values[Any, Any]]],
        mapping: _typeshed.SupportsGetItemViewable[Any, _VT_co],
    ) -> Var[_collections_abc.dict_values[_KT_co, _VT_co]]: ...
    @overload
    def __call__(
        self: Var[type[types.MappingProxyType[Any, Any]]],
        mapping: Var[_typeshed.SupportsKeysAndGetItem[_KT_co, _VT_co]],
    ) -> Var[types.MappingProxyType[_KT_co, _VT_co]]: ...
    @overload
    def __call__(
        self: Var[type[types.MappingProxyType[Any, Any]]],
        mapping: _typeshed.SupportsKeysAndGetItem[_KT_co, Var[_VT_co]],
    ) -> Var[types.MappingProxyType[_KT_co, _VT_co]]: ...
    @overload
    def __call__(
        self: Var[type[types.MappingProxyType[Any, Any]]],
        mapping: _typeshed.SupportsKeysAndGetItem[_KT_co, _VT_co],
    ) -> Var[types.MappingProxyType[_KT_co, _VT_co]]: ...
    @overload
    def __call__(self: Var[Callable[[], typing.Coroutine[Any, Any, _R]]]) -> Var[_R]: ...
    @overload
    def __call__(self: Var[Callable[[], _R]]) -> Var[_R]: ...
    @overload
    def __call__(
        self: Var[Callable[[_A0], typing.Coroutine[Any, Any, _R]]], a0: _A0 | Var[_A0], /,
    ) -> Var[_R]: ...
    @overload
    def __call__(self: Var[Callable[[_A0], _R]], a0: _A0 | Var[_A0], /) -> Var[_R]: ...
    @overload
    def __call__(
        self: Var[Callable[[_A0, _A1], typing.Coroutine[Any, Any, _R]]], a0: _A0 | Var[_A0], a1: _A1 | Var[_A1], /,
    ) -> Var[_R]: ...
    @overload
    def __call__(
        self: Var[Callable[[_A0, _A1], _R]], a0: _A0 | Var[_A0], a1: _A1 | Var[_A1], /,
    ) -> Var[_R]: ...
    @overload
    def __call__(
        self: Var[Callable[[_A0, _A1, _A2], typing.Coroutine[Any, Any, _R]]], a0: _A0 | Var[_A0], a1: _A1 | Var[_A1], a2: _A2 | Var[_A2], /,
    ) -> Var[_R]: ...
    @overload
    def __call__(
        self: Var[Callable[[_A0, _A1, _A2], _R]], a0: _A0 | Var[_A0], a1: _A1 | Var[_A1], a2: _A2 | Var[_A2], /,
    ) -> Var[_R]: ...
    @overload
    def __call__(
        self: Var[Callable[[_A0, _A1, _A2, _A3], typing.Coroutine[Any, Any, _R]]], a0: _A0 | Var[_A0], a1: _A1 | Var[_A1], a2: _A2 | Var[_A2], a3: _A3 | Var[_A3], /,
    ) -> Var[_R]: ...
    @overload
    def __call__(
        self: Var[Callable[[_A0, _A1, _A2, _A3], _R]], a0: _A0 | Var[_A0], a1: _A1 | Var[_A1], a2: _A2 | Var[_A2], a3: _A3 | Var[_A3], /,
    ) -> Var[_R]: ...
    @overload
    def __call__(
        self: Var[Callable[[_A0, _A1, _A2, _A3, _A4], typing.Coroutine[Any, Any, _R]]], a0: _A0 | Var[_A0], a1: _A1 | Var[_A1], a2: _A2 | Var[_A2], a3: _A3 | Var[_A3], a4: _A4 | Var[_A4], /,
    ) -> Var[_R]: ...
    @overload
    def __call__(
        self: Var[Callable[[_A0, _A1, _A2, _A3, _A4], _R]], a0: _A0 | Var[_A0], a1: _A1 | Var[_A1], a2: _A2 | Var[_A2], a3: _A3 | Var[_A3], a4: _A4 | Var[_A4], /,
    ) -> Var[_R]: ...
    @overload
    def __call__(
        self: Var[Callable[Concatenate[_A0, _P], typing.Coroutine[Any, Any, _R]]], a0: _A0 | Var[_A0], /, *args: _P.args, **kwargs: _P.kwargs,
    ) -> Var[_R]: ...
    @overload
    def __call__(
        self: Var[Callable[Concatenate[_A0, _P], _R]], a0: _A0 | Var[_A0], /, *args: _P.args, **kwargs: _P.kwargs,
    ) -> Var[_R]: ...
    @overload
    def __call__(
        self: Var[Callable[Concatenate[_A0, _A1, _P], typing.Coroutine[Any, Any, _R]]], a0: _A0 | Var[_A0], a1: _A1 | Var[_A1], /, *args: _P.args, **kwargs: _P.kwargs,
    ) -> Var[_R]: ...
    @overload
    def __call__(
        self: Var[Callable[Concatenate[_A0, _A1, _P], _R]], a0: _A0 | Var[_A0], a1: _A1 | Var[_A1], /, *args: _P.args, **kwargs: _P.kwargs,
    ) -> Var[_R]: ...
    @overload
    def __call__(
        self: Var[Callable[Concatenate[_A0, _A1, _A2, _P], typing.Coroutine[Any, Any, _R]]], a0: _A0 | Var[_A0], a1: _A1 | Var[_A1], a2: _A2 | Var[_A2], /, *args: _P.args, **kwargs: _P.kwargs,
    ) -> Var[_R]: ...
    @overload
    def __call__(
        self: Var[Callable[Concatenate[_A0, _A1, _A2, _P], _R]], a0: _A0 | Var[_A0], a1: _A1 | Var[_A1], a2: _A2 | Var[_A2], /, *args: _P.args, **kwargs: _P.kwargs,
    ) -> Var[_R]: ...
    @overload
    def __call__(
        self: Var[Callable[Concatenate[_A0, _A1, _A2, _A3, _P], typing.Coroutine[Any, Any, _R]]], a0: _A0 | Var[_A0], a1: _A1 | Var[_A1], a2: _A2 | Var[_A2], a3: _A3 | Var[_A3], /, *args: _P.args, **kwargs: _P.kwargs,
    ) -> Var[_R]: ...
    @overload
    def __call__(
        self: Var[Callable[Concatenate[_A0, _A1, _A2, _A3, _P], _R]], a0: _A0 | Var[_A0], a1: _A1 | Var[_A1], a2: _A2 | Var[_A2], a3: _A3 | Var[_A3], /, *args: _P.args, **kwargs: _P.kwargs,
    ) -> Var[_R]: ...
    @overload
    def __call__(
        self: Var[Callable[Concatenate[_A0, _A1, _A2, _A3, _A4, _P], typing.Coroutine[Any, Any, _R]]], a0: _A0 | Var[_A0], a1: _A1 | Var[_A1], a2: _A2 | Var[_A2], a3: _A3 | Var[_A3], a4: _A4 | Var[_A4], /, *args: _P.args, **kwargs: _P.kwargs,
    ) -> Var[_R]: ...
    @overload
    def __call__(
        self: Var[Callable[Concatenate[_A0, _A1, _A2, _A3, _A4, _P], _R]], a0: _A0 | Var[_A0], a1: _A1 | Var[_A1], a2: _A2 | Var[_A2], a3: _A3 | Var[_A3], a4: _A4 | Var[_A4], /, *args: _P.args, **kwargs: _P.kwargs,
    ) -> Var[_R]: ...
    @overload
    def __call__(
        self: Var[Callable[_P, typing.Coroutine[Any, Any, _R]]], *args: _P.args, **kwargs: _P.kwargs,
    ) -> Var[_R]: ...
    @overload
    def __call__(self: Var[Callable[_P, _R]], *args: _P.args, **kwargs: _P.kwargs) -> Var[_R]: ...

class Members(Operators, Generic[_Of_co]):
    add: _Name_add[_Of_co]
    """```python
    set.add(element: _T, /) -> None
    ```
    Add an element to a set.

    ```python
    MutableSet.add(value: _T, /) -> None
    ```
    """
    append: _Name_append[_Of_co]
    """```python
    bytearray.append(item: _SupportsIndex, /) -> None
    ```
    Append a single item to the end of the bytearray.

    ```python
    list.append(object: _T, /) -> None
    ```
    Append object to the end of the list.

    ```python
    MutableSequence.append(value: _T, /) -> None
    ```
    """
    as_integer_ratio: _Name_as_integer_ratio
    """```python
    int.as_integer_ratio() -> tuple[int, Literal[1]]
    ```
    Return integer ratio.

    ```python
    float.as_integer_ratio() -> tuple[int, int]
    ```
    Return integer ratio.
    """
    bit_count: _Name_bit_count
    """```python
    int.bit_count() -> int
    ```
    Number of ones in the binary representation of the absolute value of self.
    """
    bit_length: _Name_bit_length
    """```python
    int.bit_length() -> int
    ```
    Number of bits necessary to represent self in binary.
    """
    c_contiguous: _Name_c_contiguous[_Of_co]
    """```python
    memoryview.c_contiguous: bool
    ```
    A bool indicating whether the memory is C contiguous.
    """
    capitalize: _Name_capitalize
    """```python
    str.capitalize() -> str
    ```
    Return a capitalized version of the string.

    ```python
    bytes.capitalize() -> bytes
    ```
    B.capitalize() -> copy of B

    ```python
    bytearray.capitalize() -> bytearray
    ```
    B.capitalize() -> copy of B
    """
    casefold: _Name_casefold
    """```python
    str.casefold() -> str
    ```
    Return a version of the string suitable for caseless comparisons.
    """
    cast: _Name_cast[_Of_co]
    """```python
    memoryview.cast(format: Literal['c', '@c'], shape: list[int] | tuple[int, ...] = ...) -> memoryview[bytes]  (and 3 more)
    ```
    Cast a memoryview to a new format or shape.
    """
    center: _Name_center
    """```python
    str.center(width: _SupportsIndex, fillchar: str = ' ', /) -> str
    ```
    Return a centered string of length width.

    ```python
    bytes.center(width: _SupportsIndex, fillchar: bytes = b' ', /) -> bytes
    ```
    Return a centered string of length width.

    ```python
    bytearray.center(width: _SupportsIndex, fillchar: bytes = b' ', /) -> bytearray
    ```
    Return a centered string of length width.
    """
    clear: _Name_clear[_Of_co]
    """```python
    MutableSet.clear() -> None
    ```

    ```python
    MutableMapping.clear() -> None
    ```

    ```python
    MutableSequence.clear() -> None
    ```
    """
    conjugate: _Name_conjugate
    """```python
    int.conjugate() -> int
    ```
    Returns self, the complex conjugate of any int.

    ```python
    float.conjugate() -> float
    ```
    Return self, the complex conjugate of any float.

    ```python
    complex.conjugate() -> complex
    ```
    Return the complex conjugate of its argument. (3-4j).conjugate() == 3+4j.
    """
    contiguous: _Name_contiguous[_Of_co]
    """```python
    memoryview.contiguous: bool
    ```
    A bool indicating whether the memory is contiguous.
    """
    copy: _Name_copy[_Of_co]
    """```python
    bytearray.copy() -> bytearray
    ```
    Return a copy of B.

    ```python
    list.copy() -> list[_T]
    ```
    Return a shallow copy of the list.

    ```python
    dict.copy() -> dict[_KT, _VT]
    ```
    D.copy() -> a shallow copy of D

    ```python
    set.copy() -> set[_T]
    ```
    Return a shallow copy of a set.

    ```python
    frozenset.copy() -> frozenset[_T_co]
    ```
    Return a shallow copy of a set.

    ```python
    MappingProxyType.copy() -> dict[_KT_co, _VT_co]
    ```
    D.copy() -> a shallow copy of D
    """
    count: _Name_count[_Of_co]
    """```python
    str.count(sub: str, start: _SupportsIndex | None = None, end: _SupportsIndex | None = None, /) -> int
    ```
    S.count(sub[, start[, end]]) -> int

    ```python
    bytes.count(sub: typing_extensions.Buffer | _SupportsIndex, start: _SupportsIndex | None = None, end: _SupportsIndex | None = None, /) -> int
    ```
    B.count(sub[, start[, end]]) -> int

    ```python
    bytearray.count(sub: typing_extensions.Buffer | _SupportsIndex, start: _SupportsIndex | None = None, end: _SupportsIndex | None = None, /) -> int
    ```
    B.count(sub[, start[, end]]) -> int

    ```python
    memoryview.count: None
    ```

    ```python
    range.count(value: int, /) -> int
    ```
    rangeobject.count(value) -> integer -- return number of occurrences of value

    ```python
    tuple.count(value: Any, /) -> int
    ```
    Return number of occurrences of value.

    ```python
    list.count(value: _T, /) -> int
    ```
    Return number of occurrences of value.

    ```python
    Sequence.count(value: Any, /) -> int
    ```
    """
    decode: _Name_decode
    """```python
    bytes.decode(encoding: str = 'utf-8', errors: str = 'strict') -> str
    ```
    Decode the bytes using the codec registered for encoding.

    ```python
    bytearray.decode(encoding: str = 'utf-8', errors: str = 'strict') -> str
    ```
    Decode the bytearray using the codec registered for encoding.
    """
    denominator: _Name_denominator
    """```python
    int.denominator: Literal[1]
    ```
    the denominator of a rational number in lowest terms
    """
    difference: _Name_difference[_Of_co]
    """```python
    set.difference(*s: typing.Iterable[object]) -> set[_T]
    ```
    Return the difference of two or more sets as a new set.

    ```python
    frozenset.difference(*s: typing.Iterable[object]) -> frozenset[_T_co]
    ```
    Return the difference of two or more sets as a new set.
    """
    difference_update: _Name_difference_update[_Of_co]
    """```python
    set.difference_update(*s: typing.Iterable[object]) -> None
    ```
    Remove all elements of another set from this set.
    """
    discard: _Name_discard[_Of_co]
    """```python
    set.discard(element: object, /) -> None
    ```
    Remove an element from a set if it is a member.

    ```python
    MutableSet.discard(value: _T, /) -> None
    ```
    """
    encode: _Name_encode
    """```python
    str.encode(encoding: str = 'utf-8', errors: str = 'strict') -> bytes
    ```
    Encode the string using the codec registered for encoding.
    """
    endswith: _Name_endswith
    """```python
    str.endswith(suffix: str | tuple[str, ...], start: _SupportsIndex | None = None, end: _SupportsIndex | None = None, /) -> bool
    ```
    S.endswith(suffix[, start[, end]]) -> bool

    ```python
    bytes.endswith(suffix: typing_extensions.Buffer | tuple[typing_extensions.Buffer, ...], start: _SupportsIndex | None = None, end: _SupportsIndex | None = None, /) -> bool
    ```
    B.endswith(suffix[, start[, end]]) -> bool

    ```python
    bytearray.endswith(suffix: typing_extensions.Buffer | tuple[typing_extensions.Buffer, ...], start: _SupportsIndex | None = None, end: _SupportsIndex | None = None, /) -> bool
    ```
    B.endswith(suffix[, start[, end]]) -> bool
    """
    expandtabs: _Name_expandtabs
    """```python
    str.expandtabs(tabsize: _SupportsIndex = 8) -> str
    ```
    Return a copy where all tab characters are expanded using spaces.

    ```python
    bytes.expandtabs(tabsize: _SupportsIndex = 8) -> bytes
    ```
    Return a copy where all tab characters are expanded using spaces.

    ```python
    bytearray.expandtabs(tabsize: _SupportsIndex = 8) -> bytearray
    ```
    Return a copy where all tab characters are expanded using spaces.
    """
    extend: _Name_extend[_Of_co]
    """```python
    bytearray.extend(iterable_of_ints: typing.Iterable[_SupportsIndex], /) -> None
    ```
    Append all the items from the iterator or sequence to the end of the bytearray.

    ```python
    list.extend(iterable: typing.Iterable[_T], /) -> None
    ```
    Extend list by appending elements from the iterable.

    ```python
    MutableSequence.extend(values: typing.Iterable[_T], /) -> None
    ```
    """
    f_contiguous: _Name_f_contiguous[_Of_co]
    """```python
    memoryview.f_contiguous: bool
    ```
    A bool indicating whether the memory is Fortran contiguous.
    """
    find: _Name_find
    """```python
    str.find(sub: str, start: _SupportsIndex | None = None, end: _SupportsIndex | None = None, /) -> int
    ```
    S.find(sub[, start[, end]]) -> int

    ```python
    bytes.find(sub: typing_extensions.Buffer | _SupportsIndex, start: _SupportsIndex | None = None, end: _SupportsIndex | None = None, /) -> int
    ```
    B.find(sub[, start[, end]]) -> int

    ```python
    bytearray.find(sub: typing_extensions.Buffer | _SupportsIndex, start: _SupportsIndex | None = None, end: _SupportsIndex | None = None, /) -> int
    ```
    B.find(sub[, start[, end]]) -> int
    """
    format: _Name_format[_Of_co]
    """```python
    str.format(*args: object, **kwargs: object) -> str
    ```
    S.format(*args, **kwargs) -> str

    ```python
    memoryview.format: str
    ```
    A string containing the format (in struct module style)
    for each element in the view.
    """
    format_map: _Name_format_map
    """```python
    str.format_map(mapping: builtins._FormatMapMapping, /) -> str
    ```
    S.format_map(mapping) -> str
    """
    from_bytes: _Name_from_bytes
    """```python
    int.from_bytes(bytes: typing.Iterable[_SupportsIndex] | _SupportsBytes | typing_extensions.Buffer, byteorder: Literal['little', 'big'] = 'big', *, signed: bool = False) -> _Selfint
    ```
    Return the integer represented by the given array of bytes.
    """
    fromhex: _Name_fromhex
    """```python
    float.fromhex(string: str, /) -> _Selffloat
    ```
    Create a floating-point number from a hexadecimal string.

    ```python
    bytes.fromhex(string: str, /) -> _Selfbytes
    ```
    Create a bytes object from a string of hexadecimal numbers.

    ```python
    bytearray.fromhex(string: str, /) -> _Selfbytearray
    ```
    Create a bytearray object from a string of hexadecimal numbers.
    """
    fromkeys: _Name_fromkeys[_Of_co]
    """```python
    dict.fromkeys(iterable: typing.Iterable[_T], value: None = None, /) -> dict[_T, Any | None]  (and 1 more)
    ```
    Create a new dictionary with keys from iterable and values set to value.
    """
    get: _Name_get[_Of_co]
    """```python
    dict.get(key: _KT, default: None = None, /) -> _VT | None  (and 2 more)
    ```
    Return the value for key if key is in the dictionary, else default.

    ```python
    MappingProxyType.get(key: _KT_co, /) -> _VT_co | None  (and 2 more)
    ```
    D.get(k[,d]) -> D[k] if k in D, else d.  d defaults to None.

    ```python
    Mapping.get(key: _KT, /) -> _VT_co | None  (and 2 more)
    ```
    """
    hex: _Name_hex[_Of_co]
    """```python
    float.hex() -> str
    ```
    Return a hexadecimal representation of a floating-point number.

    ```python
    bytes.hex(sep: str | bytes = ..., bytes_per_sep: _SupportsIndex = 1) -> str
    ```
    Create a string of hexadecimal numbers from a bytes object.

    ```python
    bytearray.hex(sep: str | bytes = ..., bytes_per_sep: _SupportsIndex = 1) -> str
    ```
    Create a string of hexadecimal numbers from a bytearray object.

    ```python
    memoryview.hex(sep: str | bytes = ..., bytes_per_sep: _SupportsIndex = 1) -> str
    ```
    Return the data in the buffer as a str of hexadecimal numbers.
    """
    imag: _Name_imag
    """```python
    int.imag: Literal[0]
    ```
    the imaginary part of a complex number

    ```python
    float.imag: float
    ```
    the imaginary part of a complex number

    ```python
    complex.imag: float
    ```
    the imaginary part of a complex number
    """
    index: _Name_index[_Of_co]
    """```python
    str.index(sub: str, start: _SupportsIndex | None = None, end: _SupportsIndex | None = None, /) -> int
    ```
    S.index(sub[, start[, end]]) -> int

    ```python
    bytes.index(sub: typing_extensions.Buffer | _SupportsIndex, start: _SupportsIndex | None = None, end: _SupportsIndex | None = None, /) -> int
    ```
    B.index(sub[, start[, end]]) -> int

    ```python
    bytearray.index(sub: typing_extensions.Buffer | _SupportsIndex, start: _SupportsIndex | None = None, end: _SupportsIndex | None = None, /) -> int
    ```
    B.index(sub[, start[, end]]) -> int

    ```python
    memoryview.index: None
    ```

    ```python
    range.index(value: int, /) -> int
    ```
    rangeobject.index(value) -> integer -- return index of value.

    ```python
    tuple.index(value: Any, start: _SupportsIndex = 0, stop: _SupportsIndex = ..., /) -> int
    ```
    Return first index of value.

    ```python
    list.index(value: _T, start: _SupportsIndex = 0, stop: _SupportsIndex = ..., /) -> int
    ```
    Return first index of value.

    ```python
    Sequence.index(value: Any, start: int = 0, stop: int = ..., /) -> int
    ```
    """
    indices: _Name_indices[_Of_co]
    """```python
    slice.indices(len: _SupportsIndex, /) -> tuple[int, int, int]
    ```
    S.indices(len) -> (start, stop, stride)
    """
    insert: _Name_insert[_Of_co]
    """```python
    bytearray.insert(index: _SupportsIndex, item: _SupportsIndex, /) -> None
    ```
    Insert a single item into the bytearray before the given index.

    ```python
    list.insert(index: _SupportsIndex, object: _T, /) -> None
    ```
    Insert object before index.

    ```python
    MutableSequence.insert(index: int, value: _T, /) -> None
    ```
    """
    intersection: _Name_intersection[_Of_co]
    """```python
    set.intersection(*s: typing.Iterable[object]) -> set[_T]
    ```
    Return the intersection of two sets as a new set.

    ```python
    frozenset.intersection(*s: typing.Iterable[object]) -> frozenset[_T_co]
    ```
    Return the intersection of two sets as a new set.
    """
    intersection_update: _Name_intersection_update[_Of_co]
    """```python
    set.intersection_update(*s: typing.Iterable[object]) -> None
    ```
    Update a set with the intersection of itself and another.
    """
    is_integer: _Name_is_integer
    """```python
    float.is_integer() -> bool
    ```
    Return True if the float is an integer.
    """
    isalnum: _Name_isalnum
    """```python
    str.isalnum() -> bool
    ```
    Return True if the string is an alpha-numeric string, False otherwise.

    ```python
    bytes.isalnum() -> bool
    ```
    B.isalnum() -> bool

    ```python
    bytearray.isalnum() -> bool
    ```
    B.isalnum() -> bool
    """
    isalpha: _Name_isalpha
    """```python
    str.isalpha() -> bool
    ```
    Return True if the string is an alphabetic string, False otherwise.

    ```python
    bytes.isalpha() -> bool
    ```
    B.isalpha() -> bool

    ```python
    bytearray.isalpha() -> bool
    ```
    B.isalpha() -> bool
    """
    isascii: _Name_isascii
    """```python
    str.isascii() -> bool
    ```
    Return True if all characters in the string are ASCII, False otherwise.

    ```python
    bytes.isascii() -> bool
    ```
    B.isascii() -> bool

    ```python
    bytearray.isascii() -> bool
    ```
    B.isascii() -> bool
    """
    isdecimal: _Name_isdecimal
    """```python
    str.isdecimal() -> bool
    ```
    Return True if the string is a decimal string, False otherwise.
    """
    isdigit: _Name_isdigit
    """```python
    str.isdigit() -> bool
    ```
    Return True if the string is a digit string, False otherwise.

    ```python
    bytes.isdigit() -> bool
    ```
    B.isdigit() -> bool

    ```python
    bytearray.isdigit() -> bool
    ```
    B.isdigit() -> bool
    """
    isdisjoint: _Name_isdisjoint[_Of_co]
    """```python
    set.isdisjoint(s: typing.Iterable[object], /) -> bool
    ```
    Return True if two sets have a null intersection.

    ```python
    frozenset.isdisjoint(s: typing.Iterable[object], /) -> bool
    ```
    Return True if two sets have a null intersection.

    ```python
    AbstractSet.isdisjoint(other: typing.Iterable[Any], /) -> bool
    ```
    """
    isidentifier: _Name_isidentifier
    """```python
    str.isidentifier() -> bool
    ```
    Return True if the string is a valid Python identifier, False otherwise.
    """
    islower: _Name_islower
    """```python
    str.islower() -> bool
    ```
    Return True if the string is a lowercase string, False otherwise.

    ```python
    bytes.islower() -> bool
    ```
    B.islower() -> bool

    ```python
    bytearray.islower() -> bool
    ```
    B.islower() -> bool
    """
    isnumeric: _Name_isnumeric
    """```python
    str.isnumeric() -> bool
    ```
    Return True if the string is a numeric string, False otherwise.
    """
    isprintable: _Name_isprintable
    """```python
    str.isprintable() -> bool
    ```
    Return True if the string is printable, False otherwise.
    """
    isspace: _Name_isspace
    """```python
    str.isspace() -> bool
    ```
    Return True if the string is a whitespace string, False otherwise.

    ```python
    bytes.isspace() -> bool
    ```
    B.isspace() -> bool

    ```python
    bytearray.isspace() -> bool
    ```
    B.isspace() -> bool
    """
    issubset: _Name_issubset[_Of_co]
    """```python
    set.issubset(s: typing.Iterable[object], /) -> bool
    ```
    Report whether another set contains this set.

    ```python
    frozenset.issubset(s: typing.Iterable[object], /) -> bool
    ```
    Report whether another set contains this set.
    """
    issuperset: _Name_issuperset[_Of_co]
    """```python
    set.issuperset(s: typing.Iterable[object], /) -> bool
    ```
    Report whether this set contains another set.

    ```python
    frozenset.issuperset(s: typing.Iterable[object], /) -> bool
    ```
    Report whether this set contains another set.
    """
    istitle: _Name_istitle
    """```python
    str.istitle() -> bool
    ```
    Return True if the string is a title-cased string, False otherwise.

    ```python
    bytes.istitle() -> bool
    ```
    B.istitle() -> bool

    ```python
    bytearray.istitle() -> bool
    ```
    B.istitle() -> bool
    """
    isupper: _Name_isupper
    """```python
    str.isupper() -> bool
    ```
    Return True if the string is an uppercase string, False otherwise.

    ```python
    bytes.isupper() -> bool
    ```
    B.isupper() -> bool

    ```python
    bytearray.isupper() -> bool
    ```
    B.isupper() -> bool
    """
    items: _Name_items[_Of_co]
    """```python
    dict.items() -> _collections_abc.dict_items[_KT, _VT]
    ```
    D.items() -> a set-like object providing a view on D's items

    ```python
    MappingProxyType.items() -> typing.ItemsView[_KT_co, _VT_co]
    ```
    D.items() -> a set-like object providing a view on D's items

    ```python
    Mapping.items() -> typing.ItemsView[_KT, _VT_co]
    ```
    """
    itemsize: _Name_itemsize[_Of_co]
    """```python
    memoryview.itemsize: int
    ```
    The size in bytes of each element of the memoryview.
    """
    join: _Name_join
    """```python
    str.join(iterable: typing.Iterable[str], /) -> str
    ```
    Concatenate any number of strings.

    ```python
    bytes.join(iterable_of_bytes: typing.Iterable[typing_extensions.Buffer], /) -> bytes
    ```
    Concatenate any number of bytes objects.

    ```python
    bytearray.join(iterable_of_bytes: typing.Iterable[typing_extensions.Buffer], /) -> bytearray
    ```
    Concatenate any number of bytes/bytearray objects.
    """
    keys: _Name_keys[_Of_co]
    """```python
    dict.keys() -> _collections_abc.dict_keys[_KT, _VT]
    ```
    D.keys() -> a set-like object providing a view on D's keys

    ```python
    MappingProxyType.keys() -> typing.KeysView[_KT_co]
    ```
    D.keys() -> a set-like object providing a view on D's keys

    ```python
    Mapping.keys() -> typing.KeysView[_KT]
    ```
    """
    ljust: _Name_ljust
    """```python
    str.ljust(width: _SupportsIndex, fillchar: str = ' ', /) -> str
    ```
    Return a left-justified string of length width.

    ```python
    bytes.ljust(width: _SupportsIndex, fillchar: bytes | bytearray = b' ', /) -> bytes
    ```
    Return a left-justified string of length width.

    ```python
    bytearray.ljust(width: _SupportsIndex, fillchar: bytes | bytearray = b' ', /) -> bytearray
    ```
    Return a left-justified string of length width.
    """
    lower: _Name_lower
    """```python
    str.lower() -> str
    ```
    Return a copy of the string converted to lowercase.

    ```python
    bytes.lower() -> bytes
    ```
    B.lower() -> copy of B

    ```python
    bytearray.lower() -> bytearray
    ```
    B.lower() -> copy of B
    """
    lstrip: _Name_lstrip
    """```python
    str.lstrip(chars: str | None = None, /) -> str
    ```
    Return a copy of the string with leading whitespace removed.

    ```python
    bytes.lstrip(bytes: typing_extensions.Buffer | None = None, /) -> bytes
    ```
    Strip leading bytes contained in the argument.

    ```python
    bytearray.lstrip(bytes: typing_extensions.Buffer | None = None, /) -> bytearray
    ```
    Strip leading bytes contained in the argument.
    """
    maketrans: _Name_maketrans
    """```python
    str.maketrans(x: dict[int, _T] | dict[str, _T] | dict[str | int, _T], /) -> dict[int, _T]  (and 2 more)
    ```
    staticmethod(function) -> method

    ```python
    bytes.maketrans(frm: typing_extensions.Buffer, to: typing_extensions.Buffer, /) -> bytes
    ```
    staticmethod(function) -> method

    ```python
    bytearray.maketrans(frm: typing_extensions.Buffer, to: typing_extensions.Buffer, /) -> bytes
    ```
    staticmethod(function) -> method
    """
    mapping: _Name_mapping[_Of_co]
    """```python
    dict_items.mapping: types.MappingProxyType[_KT_co, _VT_co]
    ```
    dictionary that this view refers to

    ```python
    dict_keys.mapping: types.MappingProxyType[_KT_co, _VT_co]
    ```
    dictionary that this view refers to

    ```python
    dict_values.mapping: types.MappingProxyType[_KT_co, _VT_co]
    ```
    dictionary that this view refers to
    """
    nbytes: _Name_nbytes[_Of_co]
    """```python
    memoryview.nbytes: int
    ```
    The amount of space in bytes that the array would use in
    a contiguous representation.
    """
    ndim: _Name_ndim[_Of_co]
    """```python
    memoryview.ndim: int
    ```
    An integer indicating how many dimensions of a multi-dimensional
    array the memory represents.
    """
    numerator: _Name_numerator
    """```python
    int.numerator: int
    ```
    the numerator of a rational number in lowest terms
    """
    obj: _Name_obj[_Of_co]
    """```python
    memoryview.obj: typing_extensions.Buffer
    ```
    The underlying object of the memoryview.
    """
    partition: _Name_partition
    """```python
    str.partition(sep: str, /) -> tuple[str, str, str]
    ```
    Partition the string into three parts using the given separator.

    ```python
    bytes.partition(sep: typing_extensions.Buffer, /) -> tuple[bytes, bytes, bytes]
    ```
    Partition the bytes into three parts using the given separator.

    ```python
    bytearray.partition(sep: typing_extensions.Buffer, /) -> tuple[bytearray, bytearray, bytearray]
    ```
    Partition the bytearray into three parts using the given separator.
    """
    pop: _Name_pop[_Of_co]
    """```python
    bytearray.pop(index: int = -1, /) -> int
    ```
    Remove and return a single item from B.

    ```python
    list.pop(index: _SupportsIndex = -1, /) -> _T
    ```
    Remove and return item at index (default last).

    ```python
    dict.pop(key: _KT, /) -> _VT  (and 2 more)
    ```
    D.pop(k[,d]) -> v, remove specified key and return the corresponding value.

    ```python
    MutableSet.pop() -> _T
    ```

    ```python
    MutableMapping.pop(key: _KT, /) -> _VT  (and 2 more)
    ```

    ```python
    MutableSequence.pop(index: int = -1, /) -> _T
    ```
    """
    popitem: _Name_popitem[_Of_co]
    """```python
    MutableMapping.popitem() -> tuple[_KT, _VT]
    ```
    """
    readonly: _Name_readonly[_Of_co]
    """```python
    memoryview.readonly: bool
    ```
    A bool indicating whether the memory is read only.
    """
    real: _Name_real
    """```python
    int.real: int
    ```
    the real part of a complex number

    ```python
    float.real: float
    ```
    the real part of a complex number

    ```python
    complex.real: float
    ```
    the real part of a complex number
    """
    release: _Name_release[_Of_co]
    """```python
    memoryview.release() -> None
    ```
    Release the underlying buffer exposed by the memoryview object.
    """
    remove: _Name_remove[_Of_co]
    """```python
    bytearray.remove(value: int, /) -> None
    ```
    Remove the first occurrence of a value in the bytearray.

    ```python
    list.remove(value: _T, /) -> None
    ```
    Remove first occurrence of value.

    ```python
    set.remove(element: _T, /) -> None
    ```
    Remove an element from a set; it must be a member.

    ```python
    MutableSet.remove(value: _T, /) -> None
    ```

    ```python
    MutableSequence.remove(value: _T, /) -> None
    ```
    """
    removeprefix: _Name_removeprefix
    """```python
    str.removeprefix(prefix: str, /) -> str
    ```
    Return a str with the given prefix string removed if present.

    ```python
    bytes.removeprefix(prefix: typing_extensions.Buffer, /) -> bytes
    ```
    Return a bytes object with the given prefix string removed if present.

    ```python
    bytearray.removeprefix(prefix: typing_extensions.Buffer, /) -> bytearray
    ```
    Return a bytearray with the given prefix string removed if present.
    """
    removesuffix: _Name_removesuffix
    """```python
    str.removesuffix(suffix: str, /) -> str
    ```
    Return a str with the given suffix string removed if present.

    ```python
    bytes.removesuffix(suffix: typing_extensions.Buffer, /) -> bytes
    ```
    Return a bytes object with the given suffix string removed if present.

    ```python
    bytearray.removesuffix(suffix: typing_extensions.Buffer, /) -> bytearray
    ```
    Return a bytearray with the given suffix string removed if present.
    """
    replace: _Name_replace
    """```python
    str.replace(old: str, new: str, count: _SupportsIndex = -1, /) -> str
    ```
    Return a copy with all occurrences of substring old replaced by new.

    ```python
    bytes.replace(old: typing_extensions.Buffer, new: typing_extensions.Buffer, count: _SupportsIndex = -1, /) -> bytes
    ```
    Return a copy with all occurrences of substring old replaced by new.

    ```python
    bytearray.replace(old: typing_extensions.Buffer, new: typing_extensions.Buffer, count: _SupportsIndex = -1, /) -> bytearray
    ```
    Return a copy with all occurrences of substring old replaced by new.
    """
    reverse: _Name_reverse[_Of_co]
    """```python
    MutableSequence.reverse() -> None
    ```
    """
    rfind: _Name_rfind
    """```python
    str.rfind(sub: str, start: _SupportsIndex | None = None, end: _SupportsIndex | None = None, /) -> int
    ```
    S.rfind(sub[, start[, end]]) -> int

    ```python
    bytes.rfind(sub: typing_extensions.Buffer | _SupportsIndex, start: _SupportsIndex | None = None, end: _SupportsIndex | None = None, /) -> int
    ```
    B.rfind(sub[, start[, end]]) -> int

    ```python
    bytearray.rfind(sub: typing_extensions.Buffer | _SupportsIndex, start: _SupportsIndex | None = None, end: _SupportsIndex | None = None, /) -> int
    ```
    B.rfind(sub[, start[, end]]) -> int
    """
    rindex: _Name_rindex
    """```python
    str.rindex(sub: str, start: _SupportsIndex | None = None, end: _SupportsIndex | None = None, /) -> int
    ```
    S.rindex(sub[, start[, end]]) -> int

    ```python
    bytes.rindex(sub: typing_extensions.Buffer | _SupportsIndex, start: _SupportsIndex | None = None, end: _SupportsIndex | None = None, /) -> int
    ```
    B.rindex(sub[, start[, end]]) -> int

    ```python
    bytearray.rindex(sub: typing_extensions.Buffer | _SupportsIndex, start: _SupportsIndex | None = None, end: _SupportsIndex | None = None, /) -> int
    ```
    B.rindex(sub[, start[, end]]) -> int
    """
    rjust: _Name_rjust
    """```python
    str.rjust(width: _SupportsIndex, fillchar: str = ' ', /) -> str
    ```
    Return a right-justified string of length width.

    ```python
    bytes.rjust(width: _SupportsIndex, fillchar: bytes | bytearray = b' ', /) -> bytes
    ```
    Return a right-justified string of length width.

    ```python
    bytearray.rjust(width: _SupportsIndex, fillchar: bytes | bytearray = b' ', /) -> bytearray
    ```
    Return a right-justified string of length width.
    """
    rpartition: _Name_rpartition
    """```python
    str.rpartition(sep: str, /) -> tuple[str, str, str]
    ```
    Partition the string into three parts using the given separator.

    ```python
    bytes.rpartition(sep: typing_extensions.Buffer, /) -> tuple[bytes, bytes, bytes]
    ```
    Partition the bytes into three parts using the given separator.

    ```python
    bytearray.rpartition(sep: typing_extensions.Buffer, /) -> tuple[bytearray, bytearray, bytearray]
    ```
    Partition the bytearray into three parts using the given separator.
    """
    rsplit: _Name_rsplit
    """```python
    str.rsplit(sep: str | None = None, maxsplit: _SupportsIndex = -1) -> list[str]
    ```
    Return a list of the substrings in the string, using sep as the separator string.

    ```python
    bytes.rsplit(sep: typing_extensions.Buffer | None = None, maxsplit: _SupportsIndex = -1) -> list[bytes]
    ```
    Return a list of the sections in the bytes, using sep as the delimiter.

    ```python
    bytearray.rsplit(sep: typing_extensions.Buffer | None = None, maxsplit: _SupportsIndex = -1) -> list[bytearray]
    ```
    Return a list of the sections in the bytearray, using sep as the delimiter.
    """
    rstrip: _Name_rstrip
    """```python
    str.rstrip(chars: str | None = None, /) -> str
    ```
    Return a copy of the string with trailing whitespace removed.

    ```python
    bytes.rstrip(bytes: typing_extensions.Buffer | None = None, /) -> bytes
    ```
    Strip trailing bytes contained in the argument.

    ```python
    bytearray.rstrip(bytes: typing_extensions.Buffer | None = None, /) -> bytearray
    ```
    Strip trailing bytes contained in the argument.
    """
    setdefault: _Name_setdefault[_Of_co]
    """```python
    MutableMapping.setdefault(key: _KT, default: None = None, /) -> _T | None  (and 1 more)
    ```
    """
    shape: _Name_shape[_Of_co]
    """```python
    memoryview.shape: tuple[int, ...] | None
    ```
    A tuple of ndim integers giving the shape of the memory
    as an N-dimensional array.
    """
    sort: _Name_sort[_Of_co]
    """```python
    list.sort(*, key: None = None, reverse: bool = False) -> None  (and 1 more)
    ```
    Sort the list in ascending order and return None.
    """
    split: _Name_split
    """```python
    str.split(sep: str | None = None, maxsplit: _SupportsIndex = -1) -> list[str]
    ```
    Return a list of the substrings in the string, using sep as the separator string.

    ```python
    bytes.split(sep: typing_extensions.Buffer | None = None, maxsplit: _SupportsIndex = -1) -> list[bytes]
    ```
    Return a list of the sections in the bytes, using sep as the delimiter.

    ```python
    bytearray.split(sep: typing_extensions.Buffer | None = None, maxsplit: _SupportsIndex = -1) -> list[bytearray]
    ```
    Return a list of the sections in the bytearray, using sep as the delimiter.
    """
    splitlines: _Name_splitlines
    """```python
    str.splitlines(keepends: bool = False) -> list[str]
    ```
    Return a list of the lines in the string, breaking at line boundaries.

    ```python
    bytes.splitlines(keepends: bool = False) -> list[bytes]
    ```
    Return a list of the lines in the bytes, breaking at line boundaries.

    ```python
    bytearray.splitlines(keepends: bool = False) -> list[bytearray]
    ```
    Return a list of the lines in the bytearray, breaking at line boundaries.
    """
    start: _Name_start[_Of_co]
    """```python
    range.start: int
    ```

    ```python
    slice.start: _StartT_co
    ```
    """
    startswith: _Name_startswith
    """```python
    str.startswith(prefix: str | tuple[str, ...], start: _SupportsIndex | None = None, end: _SupportsIndex | None = None, /) -> bool
    ```
    S.startswith(prefix[, start[, end]]) -> bool

    ```python
    bytes.startswith(prefix: typing_extensions.Buffer | tuple[typing_extensions.Buffer, ...], start: _SupportsIndex | None = None, end: _SupportsIndex | None = None, /) -> bool
    ```
    B.startswith(prefix[, start[, end]]) -> bool

    ```python
    bytearray.startswith(prefix: typing_extensions.Buffer | tuple[typing_extensions.Buffer, ...], start: _SupportsIndex | None = None, end: _SupportsIndex | None = None, /) -> bool
    ```
    B.startswith(prefix[, start[, end]]) -> bool
    """
    step: _Name_step[_Of_co]
    """```python
    range.step: int
    ```

    ```python
    slice.step: _StepT_co
    ```
    """
    stop: _Name_stop[_Of_co]
    """```python
    range.stop: int
    ```

    ```python
    slice.stop: _StopT_co
    ```
    """
    strides: _Name_strides[_Of_co]
    """```python
    memoryview.strides: tuple[int, ...] | None
    ```
    A tuple of ndim integers giving the size in bytes to access
    each element for each dimension of the array.
    """
    strip: _Name_strip
    """```python
    str.strip(chars: str | None = None, /) -> str
    ```
    Return a copy of the string with leading and trailing whitespace removed.

    ```python
    bytes.strip(bytes: typing_extensions.Buffer | None = None, /) -> bytes
    ```
    Strip leading and trailing bytes contained in the argument.

    ```python
    bytearray.strip(bytes: typing_extensions.Buffer | None = None, /) -> bytearray
    ```
    Strip leading and trailing bytes contained in the argument.
    """
    suboffsets: _Name_suboffsets[_Of_co]
    """```python
    memoryview.suboffsets: tuple[int, ...] | None
    ```
    A tuple of integers used internally for PIL-style arrays.
    """
    swapcase: _Name_swapcase
    """```python
    str.swapcase() -> str
    ```
    Convert uppercase characters to lowercase and lowercase characters to uppercase.

    ```python
    bytes.swapcase() -> bytes
    ```
    B.swapcase() -> copy of B

    ```python
    bytearray.swapcase() -> bytearray
    ```
    B.swapcase() -> copy of B
    """
    symmetric_difference: _Name_symmetric_difference[_Of_co]
    """```python
    set.symmetric_difference(s: typing.Iterable[_S], /) -> set[_T | _S]
    ```
    Return the symmetric difference of two sets as a new set.

    ```python
    frozenset.symmetric_difference(s: typing.Iterable[_S], /) -> frozenset[_T_co | _S]
    ```
    Return the symmetric difference of two sets as a new set.
    """
    symmetric_difference_update: _Name_symmetric_difference_update[_Of_co]
    """```python
    set.symmetric_difference_update(s: typing.Iterable[_T], /) -> None
    ```
    Update a set with the symmetric difference of itself and another.
    """
    title: _Name_title
    """```python
    str.title() -> str
    ```
    Return a version of the string where each word is titlecased.

    ```python
    bytes.title() -> bytes
    ```
    B.title() -> copy of B

    ```python
    bytearray.title() -> bytearray
    ```
    B.title() -> copy of B
    """
    to_bytes: _Name_to_bytes
    """```python
    int.to_bytes(length: _SupportsIndex = 1, byteorder: Literal['little', 'big'] = 'big', *, signed: bool = False) -> bytes
    ```
    Return an array of bytes representing an integer.
    """
    tobytes: _Name_tobytes[_Of_co]
    """```python
    memoryview.tobytes(order: Literal['C', 'F', 'A'] | None = 'C') -> bytes
    ```
    Return the data in the buffer as a byte string.
    """
    tolist: _Name_tolist[_Of_co]
    """```python
    memoryview.tolist() -> list[int]
    ```
    Return the data in the buffer as a list of elements.
    """
    toreadonly: _Name_toreadonly[_Of_co]
    """```python
    memoryview.toreadonly() -> memoryview[_I]
    ```
    Return a readonly version of the memoryview.
    """
    translate: _Name_translate
    """```python
    str.translate(table: builtins._TranslateTable, /) -> str
    ```
    Replace each character in the string using the given translation table.

    ```python
    bytes.translate(table: typing_extensions.Buffer | None, /, delete: typing_extensions.Buffer = b'') -> bytes
    ```
    Return a copy with each character mapped by the given translation table.

    ```python
    bytearray.translate(table: typing_extensions.Buffer | None, /, delete: bytes = b'') -> bytearray
    ```
    Return a copy with each character mapped by the given translation table.
    """
    union: _Name_union[_Of_co]
    """```python
    set.union(*s: typing.Iterable[_S]) -> set[_T | _S]
    ```
    Return the union of sets as a new set.

    ```python
    frozenset.union(*s: typing.Iterable[_S]) -> frozenset[_T_co | _S]
    ```
    Return the union of sets as a new set.
    """
    update: _Name_update[_Of_co]
    """```python
    set.update(*s: typing.Iterable[_T]) -> None
    ```
    Update a set with the union of itself and others.

    ```python
    MutableMapping.update(m: _typeshed.SupportsKeysAndGetItem[_KT, _VT], /) -> None  (and 4 more)
    ```
    """
    upper: _Name_upper
    """```python
    str.upper() -> str
    ```
    Return a copy of the string converted to uppercase.

    ```python
    bytes.upper() -> bytes
    ```
    B.upper() -> copy of B

    ```python
    bytearray.upper() -> bytearray
    ```
    B.upper() -> copy of B
    """
    values: _Name_values[_Of_co]
    """```python
    dict.values() -> _collections_abc.dict_values[_KT, _VT]
    ```
    D.values() -> an object providing a view on D's values

    ```python
    MappingProxyType.values() -> typing.ValuesView[_VT_co]
    ```
    D.values() -> an object providing a view on D's values

    ```python
    Mapping.values() -> typing.ValuesView[_VT_co]
    ```
    """
    zfill: _Name_zfill
    """```python
    str.zfill(width: _SupportsIndex, /) -> str
    ```
    Pad a numeric string with zeros on the left, to fill a field of the given width.

    ```python
    bytes.zfill(width: _SupportsIndex, /) -> bytes
    ```
    Pad a numeric string with zeros on the left, to fill a field of the given width.

    ```python
    bytearray.zfill(width: _SupportsIndex, /) -> bytearray
    ```
    Pad a numeric string with zeros on the left, to fill a field of the given width.
    """

class Interpreter:
    @overload
    def put(self, value: _HasIt, *, progress: bool = ...) -> Var[Any]:
        """A variable that holds a copy of a local value; a module arrives as that module."""
    @overload
    def put(self, value: Var[_R], *, progress: bool = ...) -> Var[_R]:
        """A variable that holds a copy of a local value; a module arrives as that module."""
    @overload
    def put(self, value: _ObjectRef[_R], *, progress: bool = ...) -> Var[_R]:
        """A variable that holds a copy of a local value; a module arrives as that module."""
    @overload
    def put(self, value: list[Var[_R]], *, progress: bool = ...) -> Var[list[_R]]:
        """A variable that holds a copy of a local value; a module arrives as that module."""
    @overload
    def put(self, value: dict[_K, Var[_R]], *, progress: bool = ...) -> Var[dict[_K, _R]]:
        """A variable that holds a copy of a local value; a module arrives as that module."""
    @overload
    def put(self, value: _R, *, progress: bool = ...) -> Var[_R]:
        """A variable that holds a copy of a local value; a module arrives as that module."""
    @overload
    def put_named(self, name: str, value: _HasIt) -> Var[Any]:
        """As `put`; kept under a name, for all clients, until `del_named`."""
    @overload
    def put_named(self, name: str, value: Var[_R]) -> Var[_R]:
        """As `put`; kept under a name, for all clients, until `del_named`."""
    @overload
    def put_named(self, name: str, value: _ObjectRef[_R]) -> Var[_R]:
        """As `put`; kept under a name, for all clients, until `del_named`."""
    @overload
    def put_named(self, name: str, value: list[Var[_R]]) -> Var[list[_R]]:
        """As `put`; kept under a name, for all clients, until `del_named`."""
    @overload
    def put_named(self, name: str, value: dict[_K, Var[_R]]) -> Var[dict[_K, _R]]:
        """As `put`; kept under a name, for all clients, until `del_named`."""
    @overload
    def put_named(self, name: str, value: _R) -> Var[_R]:
        """As `put`; kept under a name, for all clients, until `del_named`."""
    def module(self, name: str) -> Var[Any]:
        """The module of that dotted name, imported there; it need not exist here."""
