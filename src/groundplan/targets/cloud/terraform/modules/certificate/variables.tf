variable "domain" {
  description = "The zone."
  type        = string
}

variable "host" {
  description = "The public name."
  type        = string
}
