#!/bin/sh
# From a plan in git to its result: a change of 2026 said what it would bring, and this asks a file
# of the shop whether it did. It needs git and whygate with the extra `files`, and starts nothing.
#   sh examples/shop/run.sh [DIRECTORY]     (default: a new temporary one)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
shop=${1:-$(mktemp -d)/shop}
command -v whygate > /dev/null || { echo "install whygate first, with the extra: whygate[files]" >&2; exit 3; }
say() { printf '\n$ %s\n' "$*"; "$@"; }

git init -q -b main "$shop"
git -C "$shop" fast-import --quiet < "$here/../shop.fast-import"
git -C "$shop" reset -q --hard
cp -R "$here/.whygate" "$here/data" "$shop/"
cd "$shop"
if lacks=$(whygate doctor --metrics --today 2027-01-22 | grep -o 'duckdb is not installed.*'); then
  echo "the shop keeps its numbers in a file, and $lacks" >&2
  exit 3
fi

echo "The plan, as it was merged:"
say git log -1 --format=%b --grep='#34'
echo "Its day was 2027-01-20. Two days later a machine looks:"
say whygate show metrics
say whygate measure --due --dry-run --today 2027-01-22
say whygate measure --due --write --today 2027-01-22
say whygate measure '#34' --today 2027-01-22
whygate measure '#34' --format svg --today 2027-01-22 -o invoice-firms.svg
echo
echo "What came of all plans:"
say whygate due --today 2027-01-22 --within 1y
whygate audit --format html --today 2027-01-22 -o page.html
printf '\nThe picture is %s/invoice-firms.svg, the page %s/page.html\n' "$shop" "$shop"
