"""Which files are the product."""

from __future__ import annotations

import pytest

from whygate.policy.paths import PathClass, classify

FILES = [
    ("src/cart.py", "product"),
    ("lib/cart/discount.rb", "product"),
    ("app/models/vendor/invoice.rb", "product"),
    ("src/lib/openapi/spec/cart.ts", "product"),
    ("web/components/demo/Dialog.tsx", "product"),
    ("web/components/LicensedUsers.tsx", "product"),
    ("cart/testing/recorder.py", "product"),
    ("src/latest.java", "product"),
    ("api/openapi.yaml", "product"),
    ("db/migrations/0001_codes.sql", "product"),
    ("Dockerfile", "product"),
    ("build.gradle.kts", "product"),
    ("src/CMakeLists.txt", "product"),
    ("web/.hidden/cart.py", "product"),
    ("setup.py", "product"),
    ("Main.kt", "product"),
    # A directory of a name says nothing of what is in it.
    ("yarn.lock/cart.py", "product"),
    ("x.md/cart.py", "product"),
    ("README.md/cart.py", "product"),
    ("package.json/index.ts", "product"),
    ("LICENSE/cart.py", "product"),
    ("src/.gitlab-ci.yml/cart.py", "product"),
    ("src/.github/cart.py", "product"),
    ("README.md", "docs"),
    ("docs/index.html", "docs"),
    ("src/cart/README.rst", "docs"),
    ("LICENSE-MIT", "docs"),
    ("CHANGELOG.md", "docs"),
    ("examples/cart.py", "docs"),
    (".claude/skills/a.md", "docs"),
    ("tests/test_cart.py", "test"),
    ("src/cart/__tests__/cart.ts", "test"),
    ("src/cart.test.ts", "test"),
    ("dev/node-integration-tests/suites/amqp/scenario.mjs", "test"),
    ("IntegrationTests/allocations/run.sh", "test"),
    ("src/Cart.Tests/Discount.cs", "test"),
    ("src/contests/prize.py", "product"),
    ("pkg/cart_test.go", "test"),
    ("src/main/CartTest.java", "test"),
    ("spec/cart_spec.rb", "test"),
    ("docs/tests/a.md", "test"),
    (".github/workflows/test.yml", "ci"),
    (".gitlab-ci.yml", "ci"),
    ("zuul.d/jobs.yaml", "ci"),
    ("scripts/release.sh", "ci"),
    ("yarn.lock", "deps"),
    ("web/package.json", "deps"),
    ("requirements/dev.txt", "deps"),
    ("requirements-dev.txt", "deps"),
    ("vendor/modules.txt", "deps"),
    ("pkg/push/vendor/example.com/x/y.go", "deps"),
    ("web/locales/de.json", "locales"),
    ("po/de.po", "locales"),
    ("web/locales/index.ts", "product"),
    (".whygate/results.jsonl", "configuration"),
    ("src/.index/rows.jsonl", "configuration"),
    ("src/rows.jsonl", "product"),
    (".editorconfig", "configuration"),
    ("tsconfig.json", "configuration"),
    ("web/vite.config.ts", "configuration"),
    ("compose.yml", "configuration"),
    ("web/.changeset/config.json", "configuration"),
    ("src/cart/_version.py", "configuration"),
]


@pytest.mark.parametrize(("path", "name"), FILES, ids=[path for path, _ in FILES])
def test_file_is_of_the_class_its_name_and_folders_tell(path: str, name: str) -> None:
    assert classify(path) == name


@pytest.mark.parametrize("path", ["a/" * 2000 + "b.py", "docs" * 2000, "." * 4000, "", "/"])
def test_odd_path_has_a_class(path: str) -> None:
    assert classify(path) in PathClass
