"""Generate and compile clients of the contract in other languages; say what was left out.

``python -m tools.contract_languages`` takes what it needs from the languages' ordinary registries, at the
versions that are pinned beside this file, and works in ``build/contract-languages``. Go, Java (JDK and Maven)
and Node.js must be there. It ends with 1 if something does not generate or compile. What is not even tried is
told as "left out", with the reason.
"""

import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tools.contract import COMPILER, DIRECTORY, ROOT
from tools.sdk_protos import write

HERE = Path(__file__).resolve().parent
BUILD = ROOT / "build" / "contract-languages"
PROTOS = BUILD / "proto"
MODULE = "github.com/flext-sh/flext-quality/clients/go"
PROTOC = "com.google.protobuf:protoc:4.36.2"
GRPC_JAVA = "io.grpc:protoc-gen-grpc-java:1.85.0"
DEPENDENCY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"
# Where the registry has no plugin for gRPC's Java stubs, Debian's is taken, with the libraries it needs.
DEBIAN = ("protobuf-compiler-grpc-java-plugin", "libprotoc32", "libprotobuf32")


class DoesNotCompileError(Exception):
    """A program ended with an error; the text is what it said."""


def run(*command: str | Path, cwd: Path, **environment: str) -> None:
    """Run a program; raise `DoesNotCompileError` with its last words if it fails."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise DoesNotCompileError(
            f"{command[0]} ended with {done.returncode}:\n{done.stdout[-4000:]}"
        )


def fresh(language: str) -> Path:
    """Return the language's directory with what lies beside this file, and nothing generated before."""
    directory = BUILD / language
    for generated in ("flext", "es", "ts-proto", "src", "classes"):
        shutil.rmtree(directory / generated, ignore_errors=True)
    return Path(shutil.copytree(HERE / language, directory, dirs_exist_ok=True))


def artifact(name: str, into: Path) -> Path:
    """Return a program that Maven's registry has for this machine."""
    system = {"Linux": "linux", "Darwin": "osx"}[platform.system()]
    machine = {"aarch64": "aarch_64", "arm64": "aarch_64"}.get(platform.machine(), "x86_64")
    target = into / f"{name.replace(':', '-')}.exe"
    if not target.exists():
        run(
            "mvn", "-q", "-B", f"{DEPENDENCY}:copy", f"-Dartifact={name}:exe:{system}-{machine}",
            f"-DoutputDirectory={into}", "-Dmdep.stripVersion=true", cwd=BUILD,
        )  # fmt: skip
        copied = next(into.glob(f"{name.split(':')[1]}-{system}*"))
        copied.chmod(0o755)
        copied.rename(target)
    return target


def protoc(*arguments: str | Path, **environment: str) -> None:
    """Run protoc over the contract's files."""
    # Google's own files come with Python's compiler.
    (google,) = COMPILER.parent.glob("lib/python*/site-packages/grpc_tools/_proto")
    names = [f"{DIRECTORY}/{path.name}" for path in sorted((PROTOS / DIRECTORY).glob("*.proto"))]
    program = artifact(PROTOC, BUILD)
    run(program, f"-I{PROTOS}", f"-I{google}", *arguments, *names, cwd=BUILD, **environment)


def go() -> str:
    """Compile the messages and stubs of protoc-gen-go and protoc-gen-go-grpc, and a client of them."""
    directory = fresh("go")
    programs = directory / "bin"
    run("go", "install", "tool", cwd=directory, GOBIN=str(programs), GOFLAGS="-mod=readonly")
    protoc(
        f"--go_out={directory}", f"--go_opt=module={MODULE}",
        f"--go-grpc_out={directory}", f"--go-grpc_opt=module={MODULE}",
        PATH=os.pathsep.join([str(programs), os.environ["PATH"]]),
    )  # fmt: skip
    run("go", "vet", "./...", cwd=directory, GOFLAGS="-mod=readonly")
    return "messages, gRPC stubs and a client of them compiled (go vet)"


def java() -> str:
    """Compile protoc's messages and gRPC's stubs, and a client of them."""
    directory = fresh("java")
    source, classpath = directory / "src", directory / "classpath"
    source.mkdir()
    protoc(f"--java_out={source}")
    plugin, library = grpc_java(directory)
    protoc(
        f"--plugin=protoc-gen-grpc-java={plugin}", f"--grpc-java_out={source}",
        LD_LIBRARY_PATH=str(library),
    )  # fmt: skip
    run(
        "mvn",
        "-q",
        "-B",
        f"{DEPENDENCY}:build-classpath",
        f"-Dmdep.outputFile={classpath}",
        cwd=directory,
    )
    sources = [directory / "Sample.java", *sorted(source.rglob("*.java"))]
    (directory / "sources").write_text("\n".join(str(path) for path in sources))
    run(
        "javac", "-nowarn", "-d", directory / "classes", "-cp", classpath.read_text().strip(),
        f"@{directory / 'sources'}", cwd=directory,
    )  # fmt: skip
    return f"messages, gRPC stubs and a client of them compiled (javac; stubs by {plugin.name})"


def grpc_java(directory: Path) -> tuple[Path, Path]:
    """Return the plugin for gRPC's stubs and where its libraries lie: of Maven's registry, or Debian's."""
    try:
        return artifact(GRPC_JAVA, BUILD), BUILD
    except DoesNotCompileError:
        if not shutil.which("apt-get"):
            raise
    root = directory / "debian"
    if not root.exists():
        directory.joinpath("packages").mkdir(exist_ok=True)
        run("apt-get", "download", *DEBIAN, cwd=directory / "packages")
        for package in sorted((directory / "packages").glob("*.deb")):
            run("dpkg", "-x", package, root, cwd=directory)
    library = next(root.glob("usr/lib/*/libprotoc.so.*")).parent
    return root / "usr" / "bin" / "grpc_java_plugin", library


def typescript() -> str:
    """Check the types of protobuf-es and ts-proto with --strict, and of clients of both."""
    directory = fresh("typescript")
    run("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", cwd=directory)
    programs = directory / "node_modules" / ".bin"
    for name in ("es", "ts-proto"):
        (directory / name).mkdir()
    protoc(
        f"--plugin={programs / 'protoc-gen-es'}",
        f"--es_out={directory / 'es'}",
        "--es_opt=target=ts",
        f"--plugin={programs / 'protoc-gen-ts_proto'}",
        f"--ts_proto_out={directory / 'ts-proto'}",
        "--ts_proto_opt=outputServices=grpc-js,esModuleInterop=true",
    )
    run(programs / "tsc", "--project", directory, cwd=directory)
    return "protobuf-es with Connect and ts-proto with grpc-js, and clients of both, compiled (tsc, strict)"


def generated_only() -> str:
    """Generate what protoc generates by itself and no compiler here checks."""
    languages = ("kotlin", "csharp", "php", "ruby", "objc", "cpp")
    for language in languages:
        directory = BUILD / "others" / language
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        protoc(f"--{language}_out={directory}")
    return f"{', '.join(languages)}: messages generated, not compiled (no compiler of theirs is asked for)"


LEFT_OUT = {
    "rust": "protoc's own needs a build of crates, prost was not set up; the lint knows Rust's words",
    "gRPC stubs of kotlin, csharp, php, ruby": "they need plugins beside protoc, which are not set up",
}


def main() -> int:
    """Try each language; return the exit code."""
    BUILD.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(PROTOS, ignore_errors=True)
    write(PROTOS)
    tried: dict[str, Callable[[], str]] = {
        "go": go,
        "java": java,
        "typescript": typescript,
        "others": generated_only,
    }
    failed = 0
    for language, attempt in tried.items():
        begun = time.monotonic()
        try:
            told = attempt()
        except (DoesNotCompileError, FileNotFoundError) as error:
            failed += 1
            told = f"FAILED: {error}"
        print(f"{language}: {told} [{time.monotonic() - begun:.0f} s]", flush=True)
    for name, why in LEFT_OUT.items():
        print(f"left out: {name}: {why}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
