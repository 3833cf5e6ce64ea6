variable "prefix" {
  description = "What the names begin with: platform and environment."
  type        = string
}

variable "names" {
  description = "Names, and the regions that get a copy of each."
  type        = map(set(string))
}

variable "kms_key_arn" {
  description = "The site's key."
  type        = string
}
