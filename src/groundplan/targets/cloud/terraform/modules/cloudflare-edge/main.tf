# The zone at the edge. "partial": the name servers stay elsewhere, so that an outage here can be gone around.
resource "cloudflare_zone" "this" {
  account = { id = var.account_id }
  name    = var.domain
  type    = "partial"
}

locals {
  settings = {
    always_use_https         = "on"
    automatic_https_rewrites = "on"
    min_tls_version          = "1.2"
    ssl                      = "strict" # the regions' certificates are looked at
    tls_1_3                  = "on"
    websockets               = "on"
  }
}

resource "cloudflare_zone_setting" "this" {
  for_each = local.settings

  zone_id    = cloudflare_zone.this.id
  setting_id = each.key
  value      = each.value
}

# Regions answer to whoever has the zone's own certificate: it is put here by hand, with its key, so
# that neither stands in a state.
resource "cloudflare_authenticated_origin_pulls_settings" "this" {
  count = var.shows_certificate ? 1 : 0

  zone_id = cloudflare_zone.this.id
  enabled = true
}

# What one place of the edge has, the others ask for before they ask a region.
resource "cloudflare_tiered_cache" "this" {
  zone_id = cloudflare_zone.this.id
  value   = "on"
}
