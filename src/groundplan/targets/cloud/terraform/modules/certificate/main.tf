# The public name's certificate, for a balancer of AWS. The zone is in the root of the whole platform.
data "aws_route53_zone" "this" {
  name = var.domain
}

resource "aws_acm_certificate" "this" {
  domain_name       = var.host
  validation_method = "DNS"

  lifecycle {
    create_before_destroy = true
  }
}

locals {
  proof = one(aws_acm_certificate.this.domain_validation_options) # one name, one proof
}

resource "aws_route53_record" "proof" {
  zone_id         = data.aws_route53_zone.this.zone_id
  name            = local.proof.resource_record_name
  type            = local.proof.resource_record_type
  records         = [local.proof.resource_record_value]
  ttl             = 300
  allow_overwrite = true # every region proves the same name
}

resource "aws_acm_certificate_validation" "this" {
  certificate_arn         = aws_acm_certificate.this.arn
  validation_record_fqdns = [aws_route53_record.proof.fqdn]
}
