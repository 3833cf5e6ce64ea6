# What the services say may be kept is kept; what they say nothing of, and what is somebody's own, is not.
resource "cloudflare_ruleset" "cache" {
  zone_id = cloudflare_zone.this.id
  name    = "cache"
  kind    = "zone"
  phase   = "http_request_cache_settings"

  rules = [
    {
      ref               = "kept"
      description       = "Answers whose service says for how long"
      expression        = "http.request.method in {\"GET\" \"HEAD\"} and not any(http.request.headers[\"authorization\"][*] ne \"\")"
      action            = "set_cache_settings"
      action_parameters = { cache = true, edge_ttl = { mode = "bypass_by_default" }, browser_ttl = { mode = "respect_origin" } }
    },
    {
      ref               = "own"
      description       = "Whoever says who they are gets an answer of their own"
      expression        = "any(http.request.headers[\"authorization\"][*] ne \"\")"
      action            = "set_cache_settings"
      action_parameters = { cache = false }
    },
  ]
}
