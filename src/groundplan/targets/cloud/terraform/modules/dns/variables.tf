variable "domain" {
  description = "The zone."
  type        = string
}

variable "hosts" {
  description = "Public names: what a region that serves answers, and the balancer's name in each region."
  type = map(object({
    health_path = string
    gateways    = map(string)
  }))
}
