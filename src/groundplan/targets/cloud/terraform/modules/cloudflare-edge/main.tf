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

# What one place of the edge has, the others ask for before they ask a region.
resource "cloudflare_tiered_cache" "this" {
  zone_id = cloudflare_zone.this.id
  value   = "on"
}
