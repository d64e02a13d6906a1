"""Which changed files are the product, and what the others are: documents, tests, CI, locks ...

The tables below decide whether a change without a type is asked. They were held against the
typed changes of public histories (`python -m tests.kinds`; the figures stand in docs/kinds.md).
Each file is looked up by its name, its ending and the directories above it, so the time grows with
the length of the path alone. A name or an ending means the file and never a directory.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.text.patterns import later

if TYPE_CHECKING:
    from collections.abc import Callable


class PathClass(StrEnum):
    """What a file of a repository is for."""

    PRODUCT = "product"
    DOCS = "docs"
    TEST = "test"
    CI = "ci"
    DEPS = "deps"
    LOCALES = "locales"
    CONFIG = "configuration"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What package managers write, and what names the packages: anywhere in the tree.
_DEPS_NAMES = _words("""
    package.json package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml pnpm-workspace.yaml
    bun.lock bun.lockb deno.lock .yarnrc.yml .pnp.cjs .pnp.loader.mjs
    cargo.toml cargo.lock deny.toml
    go.mod go.sum go.work go.work.sum
    pyproject.toml poetry.lock uv.lock pdm.lock pipfile pipfile.lock pylock.toml setup.cfg
    environment.yml conda-lock.yml
    gemfile gemfile.lock composer.json composer.lock mix.exs mix.lock rebar.lock
    pubspec.yaml pubspec.lock podfile podfile.lock cartfile cartfile.resolved package.resolved
    packages.lock.json packages.config directory.packages.props paket.lock
    settings.gradle settings.gradle.kts gradle.lockfile gradle-wrapper.properties
    libs.versions.toml verification-metadata.xml pom.xml
    flake.lock conan.lock vcpkg.json stack.yaml.lock cabal.project.freeze
    jsonnetfile.json jsonnetfile.lock.json chart.lock .terraform.lock.hcl deps
    renovate.json renovate.json5 .renovaterc .renovaterc.json dependabot.yml dependabot.yaml
""")
_DEPS_ENDINGS = _words("lock lockfile")
_DEPS_FOLDERS = _words("third_party third-party thirdparty node_modules .yarn")
_VENDORED = "vendor"  # at the top, or before a host: `pkg/vendor/github.com/...`; else a word

_DOCS_NAMES = _words("""
    readme changelog changes history news authors contributors maintainers users owners adopters
    license licence copying notice copyright patents security support governance code_of_conduct
    contributing todo citation.cff codeowners .mailmap llms.txt .all-contributorsrc
""")
_LICENCES = _words("license licence copying notice")  # `LICENSE-MIT`
_DOCS_ENDINGS = _words("""
    md mdx markdown mdown mdc rst adoc asciidoc txt tex rtf odt docx pdf ipynb drawio puml mmd
""")
_DOCS_FOLDERS = _words("""
    docs doc documentation changelog changelogs changelog.d releasenotes release-notes
    newsfragments rfcs rfc adr adrs proposals design-docs examples example tutorials cookbook
    .agents .claude .cursor
""")
_SOURCE_FOLDERS = _words("src lib app pkg internal")
_BUILD_NAMES = _words("cmakelists.txt")  # text that a program reads, as `build.gradle` is
# Words that also name a part of a product: they count at the top of the tree only.
_TOP_DOCS_FOLDERS = _words("samples sample demos demo website site blog")

_TEST_FOLDERS = _words("""
    test tests __tests__ testdata test-data test_data test-utils testutils test-resources
    test-fixtures fixtures __fixtures__ __snapshots__ __mocks__
    e2e cypress playwright integration-tests integration_tests
    benchmark benchmarks androidtest unittest unittests testfixtures
    e2e-tests ui-tests ui-test
""")
# `browser-integration-tests`, `Shop.Tests`, `IntegrationTests`, and no `contests`.
_TEST_FOLDER_END = later(r"(?:[a-z0-9]T|[-_.][Tt])ests\Z")
_TOP_TEST_FOLDERS = _words("spec specs testing fuzz bench mocks integration")
_TEST_STARTS = ("test_", "test-")
_TEST_PARTS: tuple[str, ...] = (
    "_test.",
    "_tests.",
    "-test.",
    "-tests.",
    ".test.",
    ".tests.",
    ".spec.",
    "_spec.",
)
_TEST_PARTS += (".e2e.", ".cy.", ".stories.", ".story.", ".bench.", "_benchmark.", ".fixture.")
# `ExportTest.java`: capitals tell it from `latest.java`.
_TEST_TAIL = later(r"[a-z0-9](?:Tests?|TestCase|IT|Spec)\Z")
_TEST_NAMES = _words("conftest.py pytest.ini tox.ini noxfile.py karma.conf.js codecov.yml")
_TEST_ENDINGS = _words("snap feature")

# At the top of the tree only.
_CI_FOLDERS = _words("""
    .github .gitlab .circleci .buildkite .azure-pipelines .azure .woodpecker .drone .tekton
    .semaphore .teamcity .ci .gitea .forgejo .jenkins .husky .pre-commit ci scripts script hack
    zuul.d .zuul.d
""")
_CI_NAMES = _words("""
    .gitlab-ci.yml .gitlab-ci.yaml jenkinsfile .travis.yml appveyor.yml .appveyor.yml .drone.yml
    azure-pipelines.yml bitbucket-pipelines.yml .cirrus.yml .woodpecker.yml cloudbuild.yaml
    .pre-commit-config.yaml .pre-commit-hooks.yaml lefthook.yml .goreleaser.yml .goreleaser.yaml
    zuul.yaml .zuul.yaml netlify.toml vercel.json sonar-project.properties .codecov.yml .coveragerc
""")

# `locales/de.json` is a translation; the code beside it is not.
_LOCALE_FOLDERS = _words("locales locale translations i18n l10n lang langs _locales lproj")
_LOCALE_ENDINGS = _words("json yml yaml po pot mo xlf xliff properties ftl strings arb resx toml")
_TRANSLATION_ENDINGS = _words("po pot mo xlf xliff ftl arb lproj stringsdict")

# Settings of tools, anywhere in the tree.
_CONFIG_NAMES = _words("""
    makefile gnumakefile justfile taskfile.yml procfile rakefile docker-compose.yml
    docker-compose.yaml compose.yml compose.yaml tiltfile version versions.tf
    tsconfig.json jsconfig.json turbo.json nx.json lerna.json biome.json biome.jsonc
    rust-toolchain rust-toolchain.toml rustfmt.toml clippy.toml mypy.ini ruff.toml
    gradle.properties mkdocs.yml sidebars.js sidebars.ts hatch.toml riotfile.py suitespec.yml
""")
_CONFIG_STARTS: tuple[str, ...] = ("tsconfig.", "docker-compose.", "vite.config.", "vitest.config.")
_CONFIG_STARTS += ("jest.config.", "webpack.config.", "rollup.config.", "babel.config.")
_CONFIG_STARTS += ("eslint.config.", "prettier.config.", "postcss.config.", "tailwind.config.")
_CONFIG_STARTS += ("playwright.config.", "cypress.config.", "knip.", "oxlint.")
# What a release writes.
_VERSION_NAMES = _words("""
    version.py _version.py __version__.py __about__.py version.go version.rb version.h version.txt
""")
# At the top of the tree, and in hidden folders anywhere, these are settings and not the product.
_SETTING_ENDINGS = _words("""
    json jsonc jsonl json5 yml yaml toml ini cfg conf properties xml cjs mjs
""")


_CODE_ENDINGS = _words("""
    py pyx rb go rs js mjs cjs jsx ts mts cts tsx vue svelte java kt kts scala groovy c cc cpp cxx
    h hh hpp m mm swift cs fs vb php pl pm lua r
    jl dart ex exs erl hrl clj cljs hs ml mli elm nim zig
    d sol sql sh bash zsh fish ps1 bat cmd proto graphql tf
""")


class _File(Struct, frozen=True):
    """A path in the pieces that are looked up, in lower case but for `written` and `above`."""

    folders: tuple[str, ...]
    name: str
    ending: str
    written: str
    above: tuple[str, ...]

    @property
    def top(self) -> str:
        return self.folders[0] if self.folders else ""


def classify(path: str) -> PathClass:
    """Return the class of a file by its path (with `/`, relative to the repository's top)."""
    *folders, written = path.split("/")
    name = written.casefold()
    lower = tuple(map(str.casefold, folders))
    file = _File(lower, name, name.rpartition(".")[2], written, tuple(folders))
    found = (known for known, is_of in _CLASSES if is_of(file))
    return next(found, PathClass.PRODUCT)


def is_code(path: str) -> bool:
    """Tell whether a file is a program by its ending, whatever folder it lies in."""
    return path.rpartition("/")[2].rpartition(".")[2].casefold() in _CODE_ENDINGS


def is_shipped_text(path: str) -> bool:
    """Tell whether a document lies where a product has its sources, and is not about them.

    A prompt or a page in `src/` is read by the product; its `README.md` is read by people.
    """
    *folders, name = path.casefold().split("/")
    if _SOURCE_FOLDERS.isdisjoint(folders) or not _DOCS_FOLDERS.isdisjoint(folders):
        return False
    return name.rpartition(".")[2] in _DOCS_ENDINGS and name.partition(".")[0] not in _DOCS_NAMES


def _is_in_test_folder(file: _File) -> bool:
    if not _TEST_FOLDERS.isdisjoint(file.folders) or file.top in _TOP_TEST_FOLDERS:
        return True
    return any(_TEST_FOLDER_END.search(folder) for folder in file.above)


def _is_dependency(file: _File) -> bool:
    if file.name in _DEPS_NAMES or file.ending in _DEPS_ENDINGS:
        return True
    if not _DEPS_FOLDERS.isdisjoint(file.folders) or _is_vendored(file.folders):
        return True
    return _is_requirements(file)


def _is_vendored(folders: tuple[str, ...]) -> bool:
    if _VENDORED not in folders:
        return False
    following = folders[folders.index(_VENDORED) + 1 :]
    return folders[0] == _VENDORED or (bool(following) and "." in following[0])


def _is_requirements(file: _File) -> bool:
    if file.ending not in ("txt", "in"):
        return False
    is_named = file.name.startswith(("requirements", "constraints"))
    return is_named or "requirements" in file.folders[-1:]


def _is_ci(file: _File) -> bool:
    return file.top in _CI_FOLDERS or file.name in _CI_NAMES


def _is_test(file: _File) -> bool:
    if file.name in _TEST_NAMES or file.name.startswith(_TEST_STARTS):
        return True
    if file.ending in _TEST_ENDINGS or any(part in file.name for part in _TEST_PARTS):
        return True
    return _TEST_TAIL.search(file.written.partition(".")[0]) is not None


def _is_docs(file: _File) -> bool:
    if not _DOCS_FOLDERS.isdisjoint(file.folders) or file.top in _TOP_DOCS_FOLDERS:
        return True
    if file.name in _DOCS_NAMES or (file.ending in _DOCS_ENDINGS and file.name not in _BUILD_NAMES):
        return True
    return file.name.partition("-")[0] in _LICENCES


def _is_translation(file: _File) -> bool:
    if file.ending in _TRANSLATION_ENDINGS:
        return True
    return file.ending in _LOCALE_ENDINGS and not _LOCALE_FOLDERS.isdisjoint(file.folders)


def _is_setting(file: _File) -> bool:
    if file.name in _VERSION_NAMES or file.name in _CONFIG_NAMES:
        return True
    if file.name.startswith((*_CONFIG_STARTS, ".")):
        return True
    is_apart = not file.folders or any(folder.startswith(".") for folder in file.folders)
    return is_apart and file.ending in _SETTING_ENDINGS


# The first that fits counts: a test of the documents is a test.
_CLASSES: tuple[tuple[PathClass, Callable[[_File], bool]], ...] = (
    (PathClass.TEST, _is_in_test_folder),
    (PathClass.DEPS, _is_dependency),
    (PathClass.CI, _is_ci),
    (PathClass.TEST, _is_test),
    (PathClass.DOCS, _is_docs),
    (PathClass.LOCALES, _is_translation),
    (PathClass.CONFIG, _is_setting),
)
