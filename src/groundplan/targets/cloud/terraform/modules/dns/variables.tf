variable "domain" {
  description = "The zone."
  type        = string
}

variable "hosts" {
  description = "Public names, and the balancer's name in each region."
  type        = map(object({ gateways = map(string) }))
}

variable "edge_suffix" {
  description = "What the edge adds to a public name; null without an edge."
  type        = string
  default     = null
}

variable "around_edge" {
  description = "Public names lead to the regions, past the edge."
  type        = bool
  default     = false
}

variable "edge_verification" {
  description = "The edge's question to the owner of the zone; empty when it has none."
  type        = string
  default     = ""
}
