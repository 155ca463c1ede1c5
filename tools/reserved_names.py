"""Names that generated code of some language cannot have, or gives to something else.

Sources: the languages' own references, and what protoc's generators and gRPC's stubs define by themselves.
Words that a language only knows in some places (Kotlin's ``open``, C#'s ``value``, TypeScript's ``type``)
are left out: they serve well as names.
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


KEYWORDS: dict[str, frozenset[str]] = {
    "Python": _words(
        "False None True and as assert async await break class continue def del elif else "
        "except finally for from global if import in is lambda nonlocal not or pass raise "
        "return try while with yield match case"
    ),
    "Go": _words(
        "break case chan const continue default defer else fallthrough for func go goto if "
        "import interface map package range return select struct switch type var"
    ),
    "Java": _words(
        "abstract assert boolean break byte case catch char class const continue default do "
        "double else enum extends final finally float for goto if implements import "
        "instanceof int interface long native new package private protected public return "
        "short static strictfp super switch synchronized this throw throws transient try void "
        "volatile while true false null"
    ),
    "TypeScript": _words(
        "break case catch class const continue debugger default delete do else enum export "
        "extends false finally for function if import in instanceof new null return super "
        "switch this throw true try typeof var void while with implements interface let "
        "package private protected public static yield await arguments eval undefined"
    ),
    "Kotlin": _words(
        "as break class continue do else false for fun if in interface is null object package "
        "return super this throw true try typealias typeof val var when while"
    ),
    "C#": _words(
        "abstract as base bool break byte case catch char checked class const continue "
        "decimal default delegate do double else enum event explicit extern false finally "
        "fixed float for foreach goto if implicit in int interface internal is lock long "
        "namespace new null object operator out override params private protected public "
        "readonly ref return sbyte sealed short sizeof stackalloc static string struct switch "
        "this throw true try typeof uint ulong unchecked unsafe ushort using virtual void "
        "volatile while"
    ),
    "Rust": _words(
        "abstract as async await become box break const continue crate do dyn else enum "
        "extern false final fn for gen if impl in let loop macro match mod move mut override "
        "priv pub ref return self static struct super trait true try type typeof unsafe "
        "unsized use virtual where while yield"
    ),
    "PHP": _words(
        "abstract and array as break callable case catch class clone const continue declare "
        "default die do echo else elseif empty enddeclare endfor endforeach endif endswitch "
        "endwhile eval exit extends final finally fn for foreach function global goto if "
        "implements include instanceof insteadof interface isset list match namespace new or "
        "print private protected public readonly require return static switch throw trait try "
        "unset use var while xor yield self parent int float bool string true false null void "
        "iterable object mixed never enum"
    ),
    "C++": _words(
        "alignas alignof and asm auto bool break case catch char class concept const "
        "constexpr continue decltype default delete do double else enum explicit export "
        "extern false float for friend goto if inline int long mutable namespace new noexcept "
        "not nullptr operator or private protected public register requires return short "
        "signed sizeof static struct switch template this throw true try typedef typeid "
        "typename union unsigned using virtual void volatile while xor"
    ),
    "Ruby": _words(
        "alias and begin break case class def do else elsif end ensure false for if in module "
        "next nil not or redo rescue retry return self super switch then true undef unless "
        "until when while yield"
    ),
}
"""Words that a language keeps for itself."""

# Only a class in PHP may not be called so: a field "parent" is "getParent".
_ONLY_TYPES = {
    "PHP": _words("parent self int float bool string void iterable object mixed never enum")
}

FIELD_WORDS = {
    language: words - _ONLY_TYPES.get(language, frozenset()) for language, words in KEYWORDS.items()
}
"""Words that no field, oneof or method may be called."""

MEMBERS: dict[str, frozenset[str]] = {
    "Python": _words("descriptor extensions"),
    "Go": _words(
        "reset string protomessage protoreflect descriptor marshal unmarshal extensionrangearray"
    ),
    "Java": _words(
        "class descriptor descriptorfortype allfields defaultinstance defaultinstancefortype "
        "unknownfields parserfortype serializedsize initializationerrorstring cachedsize "
        "memoizedserializedsize"
    ),
    "TypeScript": _words(
        "constructor prototype tostring tojson valueof hasownproperty tobinary frombinary"
    ),
    "C#": _words(
        "descriptor parser equals gethashcode gettype tostring clone mergefrom writeto "
        "calculatesize"
    ),
    # Argument names, aliases and conversions that hand-written code around stubs wants for itself.
    "several languages": _words("from to new"),
}
"""What generated messages have beside their fields, in lower case without underscores."""

STUB_MEMBERS: dict[str, frozenset[str]] = {
    "grpc-js": _words(
        "close getchannel waitforready makeunaryrequest makeclientstreamrequest "
        "makeserverstreamrequest makebidistreamrequest checkoptionalunaryresponsearguments"
    ),
    "grpc-java": _words(
        "getchannel getcalloptions build withdeadline withdeadlineafter withexecutor "
        "withcompression withchannel withoption withinterceptors withcallcredentials "
        "withwaitforready"
    ),
    "grpc-dotnet": _words("newinstance withhost equals gethashcode gettype tostring"),
}
"""What clients have beside a service's methods, in lower case."""

TYPES: dict[str, frozenset[str]] = {
    "Java": _words(
        "Object String Integer Long Double Boolean Enum Record Class Error Exception Iterable "
        "Override Process Runtime Thread Module Package System Number Math Void"
    ),
    "TypeScript": _words(
        "Object String Number Boolean Array Map Set Date Error Function Promise Symbol"
    ),
    "Rust": _words("Option Result Vec Box String Some None Ok Err Self"),
}
"""Types that each file of a language sees without importing them."""

GRPC_CODES = _words(
    "CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS "
    "PERMISSION_DENIED RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE "
    "UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS UNAUTHENTICATED"
)
"""The names of gRPC's status codes, without OK."""
