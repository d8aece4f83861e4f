#include "CAssets.h"

// Made by Scripts/assets: run it when this file is missing.
#include "files/packed/table.inc"

const lk_asset *lk_assets(void) { return assets; }
unsigned long lk_assets_count(void) { return sizeof assets / sizeof assets[0]; }
