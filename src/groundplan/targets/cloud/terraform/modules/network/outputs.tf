output "vpc_id" {
  description = "The network."
  value       = aws_vpc.this.id
}

output "private_subnet_ids" {
  description = "The private subnets, one in each zone."
  value       = [for subnet in aws_subnet.private : subnet.id]
}

output "public_subnet_ids" {
  description = "The public subnets, one in each zone."
  value       = [for subnet in aws_subnet.public : subnet.id]
}

output "nat_addresses" {
  description = "What the outside sees of the inside."
  value       = [for address in aws_eip.nat : address.public_ip]
}
