variable "name" {
  description = "Name of the site."
  type        = string
}
