#!/usr/bin/env bash
# Puts nodejs-polars beside the project, for the tests of toPolars(). It is no development dependency: its packages of
# other platforms do not always install, and `npm ci` refuses a lock file that lacks one of them.
set -euo pipefail
cd "$(dirname "$0")/.."
version=0.26.1
platform=$(node -p '`${process.platform}-${process.arch}` + (process.platform === "linux" ? "-gnu" : "")')
mkdir -p node_modules/.polars
echo '{ "private": true }' > node_modules/.polars/package.json
npm install --prefix node_modules/.polars --no-audit --no-fund --loglevel error "nodejs-polars@$version" "nodejs-polars-$platform@$version"
ln -sfn .polars/node_modules/nodejs-polars node_modules/nodejs-polars
node -e 'if (require("nodejs-polars").DataFrame({ a: [1] }).height !== 1) process.exit(1)'
