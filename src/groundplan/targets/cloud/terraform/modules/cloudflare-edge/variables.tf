variable "account_id" {
  description = "The account at Cloudflare."
  type        = string
}

variable "domain" {
  description = "The zone. Its records stay where they are: names point here, and can point elsewhere."
  type        = string
}

variable "hosts" {
  description = "Public names: what a region that serves answers, the regions in the order of failover, those in the order for each part of the world, from where they are probed, and the balancer's name in each region."
  type = map(object({
    health_path = string
    order       = list(string)
    near        = map(list(string))
    probed_from = list(string)
    gateways    = map(string)
  }))
}

variable "rules" {
  description = "What is refused: limits are requests in seconds, counted for an address or a visitor."
  type = list(object({
    name    = string
    type    = string
    action  = string
    limit   = optional(number)
    seconds = optional(number)
    per     = optional(string)
  }))
}

variable "managed_rulesets" {
  description = "Sets of rules that Cloudflare maintains, by name."
  type        = map(string)
}

variable "body_bytes_max" {
  description = "Requests with a larger body are refused, because nobody inspects it; null for no limit."
  type        = number
  default     = null
}

variable "is_counting" {
  description = "Rules only log. The action log needs an Enterprise plan."
  type        = bool
}

variable "shows_certificate" {
  description = "Regions are shown a certificate of the zone, and answer nobody without one."
  type        = bool
  default     = false
}
