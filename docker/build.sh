#!/bin/sh
# The image's build steps as plain commands: install, build, and lay out what runs, without development packages.
#   sh docker/build.sh SOURCE DESTINATION
# DESTINATION must not exist or be empty. CI runs the same script in an empty folder.
set -eu
source=$1
destination=$2
cd "$source"
pnpm="npx -y $(node -p "require('./package.json').packageManager")"
$pnpm install --frozen-lockfile
$pnpm exec tsc -b
$pnpm --filter @millrace/reconciliation --prod --legacy deploy "$destination"
