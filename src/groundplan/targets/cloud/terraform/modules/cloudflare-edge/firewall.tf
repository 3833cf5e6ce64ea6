# What is refused before it reaches a region.
locals {
  # Cloudflare Managed Ruleset; its rules are told apart by what they look for.
  cloudflare_managed = "efb7b8c949ac4650a09736fc376e9aee"
  looked_for         = [for rule in var.rules : rule if contains(["sqli", "xss"], rule.type)]
  rates              = [for rule in var.rules : rule if rule.type == "rate_limit"]
  actions            = { block = var.is_counting ? "log" : "block", count = "log", allow = "log" }
  characteristics    = { address = "ip.src", visitor = "cf.unique_visitor_id" }
}

resource "cloudflare_ruleset" "managed" {
  count = length(local.looked_for) + length(var.managed_rulesets) > 0 ? 1 : 0

  zone_id = cloudflare_zone.this.id
  name    = "managed rules"
  kind    = "zone"
  phase   = "http_request_firewall_managed"

  rules = concat(
    length(local.looked_for) == 0 ? [] : [{
      ref         = "own"
      description = join(", ", local.looked_for[*].name)
      expression  = "true"
      action      = "execute"
      action_parameters = {
        id = local.cloudflare_managed
        overrides = {
          enabled = false
          action  = null
          categories = [
            for rule in local.looked_for : {
              category = rule.type
              action   = local.actions[rule.action]
              enabled  = rule.action != "allow"
            }
          ]
        }
      }
    }],
    [
      for name, id in var.managed_rulesets : {
        ref         = id
        description = name
        expression  = "true"
        action      = "execute"
        action_parameters = {
          id        = id
          overrides = var.is_counting ? { enabled = null, action = "log", categories = null } : null
        }
      }
    ],
  )
}

resource "cloudflare_ruleset" "bodies" {
  count = var.body_bytes_max == null ? 0 : 1

  zone_id = cloudflare_zone.this.id
  name    = "bodies"
  kind    = "zone"
  phase   = "http_request_firewall_custom"

  rules = [{
    ref         = "bodies"
    description = "Bodies that are too large to be inspected"
    expression  = "http.request.body.size gt ${var.body_bytes_max} or http.request.body.truncated"
    action      = local.actions.block
  }]
}

resource "cloudflare_ruleset" "rates" {
  count = length(local.rates) > 0 ? 1 : 0

  zone_id = cloudflare_zone.this.id
  name    = "rates"
  kind    = "zone"
  phase   = "http_ratelimit"

  rules = [
    for rule in local.rates : {
      ref         = rule.name
      description = rule.name
      expression  = "true"
      action      = local.actions[rule.action]
      ratelimit = {
        characteristics     = ["cf.colo.id", local.characteristics[rule.per]]
        period              = rule.seconds
        requests_per_period = rule.limit
        mitigation_timeout  = rule.seconds
      }
    }
  ]
}
